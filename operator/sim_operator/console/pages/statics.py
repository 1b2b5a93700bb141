"""The static files: known by name, kept by the browser for as long as it likes.

The version in their addresses is that of their texts, so a kept one is never an old one. Nothing
is looked up on the disk by a name that came with a request.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sim_operator.console.pages.rendering import STATIC

router: Final = APIRouter(include_in_schema=False)
_FOREVER: Final = "public, max-age=31536000, immutable"
_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@cache
def _files() -> Mapping[str, tuple[bytes, str]]:
    return {
        one.name: (one.read_bytes(), _TYPES[one.suffix])
        for one in STATIC.iterdir()
        if one.suffix in _TYPES
    }


@router.get("/static/{version}/{name}")
async def static(version: str, name: str) -> Response:  # noqa: ARG001 - any version gets the present
    """One file; of whatever version, it is the present one."""
    known = _files().get(name)
    if known is None:
        raise HTTPException(404)
    text, media_type = known
    return Response(text, media_type=media_type, headers={"Cache-Control": _FOREVER})
