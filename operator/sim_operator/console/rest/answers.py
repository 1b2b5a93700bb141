"""Answers that a reader need not load twice: an ETag over what was shown, and 304.

Over what was shown and nothing else: a tag made of the fleet's version would tell somebody that
something happened where they may not look.
"""

import hashlib
from typing import Any

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response


def tagged(request: Request, shown: BaseModel, headers: dict[str, str] | None = None) -> Response:
    """The model as JSON, or 304 where the reader has the same already."""
    body = shown.model_dump_json(by_alias=True).encode()
    return tagged_bytes(request, body, "application/json", headers)


def tagged_bytes(
    request: Request, body: bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response:
    """As `tagged`, of bytes."""
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    given = (headers or {}) | {"ETag": tag, "Cache-Control": "private, no-cache"}
    if tag in _tags(request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=given)
    return Response(body, headers=given, media_type=media_type)


def _tags(header: str) -> set[str]:
    return {one.strip().removeprefix("W/") for one in header.split(",")}


PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:sim-operator:problem:NAME"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next, too."},
    },
}
"""RFC 9457, as `/docs` shows it."""


def problems(*codes: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: the errors of a route, beside those that every route may answer."""
    content = {"application/problem+json": {"schema": PROBLEM}}
    named = {
        400: "The request cannot be understood.",
        401: "Nobody is signed in.",
        403: "Your rights, or a missing write token, do not allow it.",
        404: "There is none, or it is not kept.",
        409: "It changed meanwhile, or a tool of GitOps manages it.",
        413: "Too large.",
        415: "Not a media type that is taken.",
        422: "A part does not fit.",
        429: "Too many requests.",
        503: "Not available now.",
    }
    every = {401, 422, 429, 503, *codes}
    return {code: {"description": named[code], "content": content} for code in sorted(every)}
