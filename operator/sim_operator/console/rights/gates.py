"""What stands before routes: nobody unknown, nobody too fast, and no write that was not meant."""

import math
from typing import Annotated, Final

from fastapi import Depends, Request

from sim_operator.console.parts import Console, Parts
from sim_operator.console.problems import Problem
from sim_operator.console.rights.callers import Viewer

WRITE_TOKEN_HEADER: Final = "X-CSRF-Token"  # noqa: S105 - the name of a header


async def known(request: Request, console: Parts) -> Viewer:
    """Whoever calls, if that is known and not too often.

    Raises:
        Problem: 401 or 429.
    """
    viewer = await console.rights.viewer(request)
    if viewer is None:
        raise Problem(
            401,
            "unauthenticated",
            "Who are you?",
            "Send a Kubernetes bearer token in the header Authorization, or sign in at /signin. "
            "A token may have ended.",
            headers={"WWW-Authenticate": 'Bearer realm="sim-operator"'},
        )
    check_pace(console, viewer)
    return viewer


async def writing(request: Request, console: Parts, viewer: "Known") -> Viewer:
    """Whoever calls, if their own page made the browser send this.

    Raises:
        Problem: 403.
    """
    check_write(request, console, viewer, request.headers.get(WRITE_TOKEN_HEADER, ""))
    return viewer


def check_pace(console: Console, viewer: Viewer) -> None:
    """Let a caller through who does not ask too often.

    Raises:
        Problem: 429.
    """
    seconds = console.rights.paces.wait(viewer.name)
    if seconds > 0:
        raise Problem(
            429,
            "too-many-requests",
            "Too many requests",
            "You ask faster than the console answers one person. Wait as Retry-After says.",
            headers={"Retry-After": str(math.ceil(seconds))},
        )


def check_write(request: Request, console: Console, viewer: Viewer, token: str) -> None:
    """Let a write through that was meant; `token`: what it brought along.

    Raises:
        Problem: 403.
    """
    if not from_own_page(request):
        raise Problem(
            403,
            "cross-site",
            "Sent by another site",
            "Another site made your browser send this. Nothing was changed.",
        )
    if not console.rights.is_write_token(request, viewer, token):
        raise Problem(
            403,
            "write-token",
            "The write token is missing or wrong",
            f"A write by a browser brings the header {WRITE_TOKEN_HEADER}, whose value "
            "/api/v1/me tells. Load the page again. Programs send a bearer token instead.",
        )


def from_own_page(request: Request) -> bool:
    """Whether no browser says that another site is behind it."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


Known = Annotated[Viewer, Depends(known)]
Writing = Annotated[Viewer, Depends(writing)]
