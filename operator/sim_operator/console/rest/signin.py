"""Sign in with a Kubernetes token, and out again.

The form is sent as any form, so that it works without a script; the answer is always a redirect.
What went wrong stands in its query as one word, which the page puts into a sentence.
"""

import logging
from html import escape
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sim_operator.console import pages
from sim_operator.console.parts import Console, Parts
from sim_operator.console.problems import Problem
from sim_operator.console.rights.gates import check_write, from_own_page

log = logging.getLogger(__name__)

router = APIRouter(include_in_schema=False)

PATH: Final = "/signin"
REFUSED: Final = "refused"
"""The API server does not know the token, or it has ended."""
AGAIN: Final = "again"
"""The form was too old, or not of this browser."""
_SENTENCES: Final = {
    REFUSED: "The Kubernetes API does not accept this token. It may have ended: make a new one, "
    "as `kubectl create token` does.",
    AGAIN: "The form was too old. Try again.",
}


@router.get(PATH)
async def form(request: Request, console: Parts) -> Response:
    """The form; `error` and `next` come from the redirect of an attempt that failed."""
    if await console.rights.viewer(request) is not None:
        return RedirectResponse(own_path(request.query_params.get("next", "")), 303)
    if request.headers.get("sec-fetch-site") == "cross-site":
        return _again(request)
    return _form(request, console, _SENTENCES.get(request.query_params.get("error", "")))


@router.post(PATH)
async def sign_in(request: Request, console: Parts) -> Response:
    """Take the form: `token`, `csrf` and, where to go then, `next`."""
    fields = await form_fields(request)
    after = own_path(fields.get("next", ""))
    if not from_own_page(request) or not console.rights.cookies.is_form(
        request, fields.get("csrf", "")
    ):
        return _back(AGAIN, after)
    token = fields.get("token", "").strip()
    identity = await console.rights.identity(token)
    if identity is None:
        return _back(REFUSED, after)
    answer = RedirectResponse(after, 303)
    old = console.rights.cookies.session(request)
    if old is not None:
        console.rights.sessions.end(old)
    console.rights.cookies.clear(request, answer)
    number = console.rights.sessions.begin(identity.name, token)
    console.rights.cookies.set_session(request, answer, number)
    log.info("%s signed in", identity.name)
    return answer


@router.post("/signout")
async def sign_out(request: Request, console: Parts) -> Response:
    """End the session; `csrf` is the write token."""
    fields = await form_fields(request)
    answer = RedirectResponse(PATH, 303)
    viewer = await console.rights.viewer(request)
    if viewer is not None:
        check_write(request, console, viewer, fields.get("csrf", ""))
        number = console.rights.cookies.session(request)
        if number is not None:
            console.rights.sessions.end(number)
        log.info("%s signed out", viewer.name)
    console.rights.cookies.clear(request, answer)
    return answer


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form, the first of each name.

    Raises:
        Problem: 415, it is no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        detail = "Send the form as application/x-www-form-urlencoded."
        raise Problem(415, "unsupported-media-type", "Unsupported media type", detail)
    try:
        told = parse_qs((await request.body()).decode(), max_num_fields=20)
    except ValueError:
        raise Problem(400, "invalid-request", "The form cannot be read", "Send it again.") from None
    return {name: values[0] for name, values in told.items()}


def own_path(text: str) -> str:
    """Where to go: a path of the console, and never another site."""
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if plain and not parts.netloc and not parts.scheme else "/"


def _back(error: str, after: str) -> Response:
    query = {"error": error} | ({"next": after} if after != "/" else {})
    return RedirectResponse(f"{PATH}?{urlencode(query)}", 303)


def _again(request: Request) -> Response:
    """Who follows a link on another site may be signed in: the cookie is not sent along then.

    From a page of our own the browser asks the same with it.
    """
    query = urlencode({"next": own_path(request.query_params.get("next", ""))})
    page = f'<!doctype html><meta http-equiv="refresh" content="0;url={PATH}?{escape(query)}">'
    return HTMLResponse(page, headers={"Cache-Control": "no-store"})


def _form(request: Request, console: Console, problem: str | None) -> Response:
    cookie = Response()
    csrf = console.rights.cookies.form(request, cookie)
    after = own_path(request.query_params.get("next", ""))
    page = pages.sign_in_page(request, problem=problem, csrf=csrf, next=after)
    for header in cookie.headers.getlist("set-cookie"):
        page.headers.append("set-cookie", header)
    page.headers["Cache-Control"] = "no-store"
    return page
