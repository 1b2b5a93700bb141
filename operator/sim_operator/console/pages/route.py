"""What all pages have in common: their frame, their viewer, and how their problems look.

A page that fails says what failed and where to go; a program gets problem+json for the same.
"""

from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Request
from starlette.responses import RedirectResponse, Response

from sim_operator.console import problems
from sim_operator.console.pages import rendering
from sim_operator.console.pages.frame import Frame
from sim_operator.console.parts import Parts
from sim_operator.console.person import Person
from sim_operator.console.problems import Problem
from sim_operator.console.rights.callers import Viewer
from sim_operator.console.rights.gates import Known

SIGN_IN: Final = "/signin"
_UNAUTHENTICATED: Final = 401
_NOT_THERE: Final = (403, 404)
_PROGRAMS: Final = ("/api/", "/internal/", "/docs", "/health", "/metrics", "/static/")


async def looking(console: Parts, viewer: Known) -> Person:
    """Whoever looks at a page, with what they may see and do.

    Raises:
        Problem: 503, the console does not know the whole cluster yet; what it showed would be
            taken for the whole fleet.
    """
    if not console.fleet.complete:
        raise problems.unavailable(
            "The console has just started and does not know the whole cluster yet. Try again in a "
            "few seconds."
        )
    return Person(console, viewer)


Looking = Annotated[Person, Depends(looking)]


def frame_of(viewer: Viewer, place: str) -> Frame:
    """The frame of a page for this viewer."""
    return Frame(user=viewer.name, csrf=viewer.write_token, place=place)


def problem_page(request: Request, problem: Problem) -> Response | None:
    """A problem as a page; None where a program asked.

    Where it is that nobody is signed in, the page is the one to sign in.
    """
    if not _is_for_a_person(request):
        return None
    if problem.status == _UNAUTHENTICATED:
        return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': _here(request)})}", 303)
    again = request.method == "GET" and problem.status not in _NOT_THERE
    back = request.url.path if again else "/"
    context = {
        "frame": Frame(),
        "status": problem.status,
        "title": problem.title,
        "detail": problem.detail,
        "back": back,
        "back_text": "Fleet" if back == "/" else "Try again",
    }
    answer = rendering.page(request, "problem.html", context, problem.status)
    answer.headers.update(problem.headers)
    return answer


def sign_in_page(
    request: Request,
    *,
    problem: str | None,
    csrf: str,
    next: str,  # noqa: A002 - the name of the field
    status: int = 200,
) -> Response:
    """The form to sign in with; `next`: where to go then."""
    context = {"frame": Frame(), "problem": problem, "csrf": csrf, "next": next}
    answer = rendering.page(request, "sign_in.html", context, status)
    # Its token belongs to a cookie that comes with it: a kept page would have an old one.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_for_a_person(request: Request) -> bool:
    page = "text/html" in request.headers.get("accept", "")
    return page and not request.url.path.startswith(_PROGRAMS)


def _here(request: Request) -> str:
    """Where the viewer wanted to go; after a write, to the beginning."""
    if request.method != "GET":
        return "/"
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
