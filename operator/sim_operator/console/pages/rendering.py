"""Templates to answers: escaped always, complete or not at all, with an ETag.

The templates come out of the package, so that an installed wheel and a checkout show the same. An
undefined name is an error: a page that leaves something out quietly would be believed.
"""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sim_operator import console
from sim_operator.console.pages import figures, words

STATIC: Final = Path(console.__file__).parent / "static"
_ETAG_BYTES: Final = 16


@cache
def templates() -> Environment:
    """The templates with what all of them may use."""
    made = Environment(
        loader=PackageLoader("sim_operator.console", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["volume"] = figures.data
    made.filters["count"] = figures.count
    made.filters["utc"] = figures.utc
    made.filters["day"] = figures.day
    made.globals.update(
        share=figures.share, words=words, in_days=figures.in_days, static=static_address
    )
    return made


@cache
def static_address(name: str) -> str:
    """The address of a static file, which changes when its text does, so that it may be kept.

    Modules import each other by plain names: they share one version, of all of them.
    """
    return f"/static/{_version()}/{name}"


@cache
def _version() -> str:
    files = sorted(STATIC.iterdir())
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:12]


def page(
    request: Request, template: str, context: Mapping[str, Any], status: int = 200
) -> Response:
    """A page, or 304 where the browser has it as it is.

    The ETag is of the text itself: whatever moved for this viewer moves it, and nothing else. What
    is private is kept by nobody else, and asked for again each time.
    """
    text = templates().get_template(template).render(context)
    etag = f'"{hashlib.blake2b(text.encode(), digest_size=_ETAG_BYTES).hexdigest()}"'
    if status == 200 and request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers(etag))
    return HTMLResponse(text, status, headers(etag))


def headers(etag: str) -> dict[str, str]:
    """What every page carries, and what 304 says of the page that is there."""
    return {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie, Accept"}
