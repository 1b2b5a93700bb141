"""The pages for people."""

from html import escape

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sim_operator.console.problems import Problem

_SIGN_IN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in</title></head>
<body><h1>Sign in</h1><p>{problem}</p><form method="post" action="/signin" autocomplete="off">
<input type="hidden" name="csrf" value="{csrf}"><input type="hidden" name="next" value="{next}">
<label>Kubernetes token <input type="password" name="token" required></label>
<button>Sign in</button></form></body></html>
"""


def routers() -> tuple[APIRouter, ...]:
    """What the application includes beside the REST API."""
    return ()


def problem_page(request: Request, problem: Problem) -> Response | None:  # noqa: ARG001
    """A problem as a page, where one was asked for; None: as JSON."""
    return None


def sign_in_page(
    request: Request,  # noqa: ARG001
    *,
    problem: str | None,
    csrf: str,
    next: str,  # noqa: A002 - the name of the field
    status: int = 200,
) -> Response:
    """The form; `problem`: a sentence about the last attempt."""
    fields = {"problem": problem or "", "csrf": csrf, "next": next}
    page = _SIGN_IN.format(**{name: escape(text) for name, text in fields.items()})
    return HTMLResponse(page, status)
