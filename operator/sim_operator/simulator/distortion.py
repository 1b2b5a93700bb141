"""What a fault does to an answer that was right."""

from dataclasses import dataclass
from typing import Any

import orjson

from .call import Call
from .faults import Fault
from .identity import luhn_digit

_WITHOUT_BODY = (204, 304)
_PAGE = b"<html><body>Bad gateway</body></html>"


@dataclass(slots=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def replace_body(self, body: bytes, content_type: bytes | None = None) -> None:
        """Another body, with headers that fit it."""
        gone = {b"content-length"} | ({b"content-type"} if content_type else set())
        self.headers = [header for header in self.headers if header[0].lower() not in gone]
        self.headers.append((b"content-length", str(len(body)).encode()))
        if content_type:
            self.headers.append((b"content-type", content_type))
        self.body = body


def answer_of(fault: Fault) -> Answer:
    """The answer that a ``status`` fault gives in place of 1NCE."""
    spec = fault.spec
    body = b"" if spec.body is None else orjson.dumps(spec.body)
    content_type = b"application/json"
    if isinstance(spec.body, str):
        body, content_type = spec.body.encode(), b"text/plain"
    headers = [(name.lower().encode(), value.encode()) for name, value in spec.headers.items()]
    answer = Answer(spec.status, headers, b"")
    if spec.status not in _WITHOUT_BODY:
        answer.replace_body(body, content_type)
    return answer


def distort(answer: Answer, call: Call) -> None:
    """Change the answer as the faults on this call say."""
    for fault in call.faults:
        spec = fault.spec
        if spec.kind == "torn-json":
            answer.replace_body(answer.body[: max(1, len(answer.body) // 2)])
        elif spec.kind == "wrong-content-type":
            body = spec.body.encode() if isinstance(spec.body, str) else _PAGE
            answer.replace_body(body, b"text/html")
        elif spec.kind == "wrong-headers":
            _change_headers(answer, spec.headers)
        elif spec.kind == "wrong-type" and not spec.field:
            _turn_inside_out(answer)
        elif spec.kind in ("missing-field", "null-field", "twenty-digit-iccid", "wrong-type"):
            _rewrite(answer, fault)


def _change_headers(answer: Answer, headers: dict[str, str]) -> None:
    """Set headers; one that is empty is left out."""
    changed = {name.lower().encode(): value.encode() for name, value in headers.items()}
    kept = [header for header in answer.headers if header[0].lower() not in changed]
    answer.headers = kept + [header for header in changed.items() if header[1]]


def _turn_inside_out(answer: Answer) -> None:
    """A list where an object belongs, and the reverse."""
    if answer.status != 200 or not answer.body:
        return
    content = orjson.loads(answer.body)
    other = {"results": content} if isinstance(content, list) else [content]
    answer.replace_body(orjson.dumps(other))


def _rewrite(answer: Answer, fault: Fault) -> None:
    if answer.status != 200 or not answer.body:
        return
    content = orjson.loads(answer.body)
    for item in content if isinstance(content, list) else [content]:
        if isinstance(item, dict):
            _rewrite_item(item, fault)
    answer.replace_body(orjson.dumps(content))


def _rewrite_item(item: dict[str, Any], fault: Fault) -> None:
    if fault.spec.kind == "twenty-digit-iccid":
        iccid = item.get("iccid")
        if isinstance(iccid, str) and len(iccid) == 19:
            item["iccid"] = iccid + luhn_digit(iccid)
        return
    *parents, last = (fault.spec.field or "").split(".")
    for parent in parents:
        inner = item.get(parent)
        if not isinstance(inner, dict):
            return
        item = inner
    if fault.spec.kind == "null-field":
        item[last] = None
    elif fault.spec.kind == "wrong-type":
        item[last] = {"value": item.get(last)} if fault.spec.body is None else fault.spec.body
    else:
        item.pop(last, None)
