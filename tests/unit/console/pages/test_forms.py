"""Forms that were sent."""

from typing import Any

import pytest
from starlette.requests import Request

from sim_operator.console.pages import forms
from sim_operator.console.problems import Problem

FORM = "application/x-www-form-urlencoded"


def sent(body: bytes, kind: str = FORM) -> Request:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)


async def test_a_field_has_all_of_its_values() -> None:
    fields = await forms.sent(sent(b"sim=a%2Fb&sim=c%2Fd&verb=enable"))
    assert fields["sim"] == ["a/b", "c/d"]
    assert forms.one(fields, "verb") == "enable"
    assert forms.one(fields, "label") == ""


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=1", "application/json", 415),
        (b"a=1", "multipart/form-data; boundary=x", 415),
        (b"\xff\xfe", FORM, 400),
        (b"&".join(b"a=1" for _ in range(601)), FORM, 400),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(Problem) as raised:
        await forms.sent(sent(body, kind))
    assert raised.value.status == status
