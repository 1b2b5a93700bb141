"""Errors as RFC 9457 has them: `application/problem+json`, with what to do next.

The type is a name that programs can rely on; what the API server refused is told in its own words.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sim_operator.kube.answers import ApiError

MEDIA_TYPE: Final = "application/problem+json"
URN: Final = "urn:sim-operator:problem:"
_RETRY_AFTER: Final = {"Retry-After": "5"}
_MOST_FAULTS: Final = 10


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """An answer that is not what was asked for."""

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        """`name`: the last part of its type; `detail`: one or two sentences; `more`: members."""
        super().__init__(detail)
        self.status = status
        self.name = name
        self.title = title
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more

    def response(self) -> Response:
        """What is sent."""
        body = {
            "type": f"{URN}{self.name}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        } | self.more
        headers = {"Cache-Control": "no-store"} | self.headers
        return Response(orjson.dumps(body), self.status, headers, MEDIA_TYPE)


def invalid(detail: str, **more: Any) -> Problem:
    """What was asked cannot be understood."""
    return Problem(400, "invalid-request", "The request cannot be understood", detail, **more)


def not_found(what: str) -> Problem:
    """It is not there, or may not be seen, which is not told apart."""
    return Problem(
        404, "not-found", "Not found", f"There is no {what}, or you may not see it. Check the name."
    )


def unavailable(detail: str) -> Problem:
    """It may be had later."""
    return Problem(503, "unavailable", "Not available now", detail, headers=_RETRY_AFTER)


def of_api(error: ApiError) -> Problem:
    """What the API server refused, for a person on whose behalf it was asked."""
    told = str(error)[:1].upper() + str(error)[1:]
    match error.status:
        case 400 | 422:
            title = "The Kubernetes API did not accept it"
            return Problem(422, "refused", title, told)
        case 403:
            title = "Your rights do not allow it"
            return Problem(403, "forbidden", title, f"{told}. Whoever gives rights can change it.")
        case 404:
            return Problem(404, "not-found", "Not found", told)
        case 409:
            detail = "Somebody changed it meanwhile. Look at it as it is now, then try again."
            return Problem(409, "changed-meanwhile", "Changed meanwhile", detail)
        case _:
            return unavailable(f"{told}. Try again in a moment.")


Page = Callable[[Request, Problem], Response | None]
"""Makes a page of a problem, where a page was asked for."""


def register(app: FastAPI, page: Page) -> None:
    """Answer every error of the application this way, as JSON or by `page`."""

    def answer(request: Request, problem: Problem) -> Response:
        return page(request, problem) or problem.response()

    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101 - registered for no other
        return answer(request, error)

    async def api(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101 - registered for no other
        return answer(request, of_api(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
        return answer(request, _plain(error))

    async def faults(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for no other
        return answer(request, _faults(error))

    async def unexpected(request: Request, _: Exception) -> Response:
        detail = "The console failed. Its log says why; try again, or ask whoever runs it."
        return answer(request, Problem(500, "internal", "Internal error", detail))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(ApiError, api)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, faults)
    app.add_exception_handler(Exception, unexpected)


def _plain(error: HTTPException) -> Problem:
    if error.status_code == 404:
        detail = "There is nothing at this address. /docs lists what there is."
        return Problem(404, "not-found", "Not found", detail)
    if error.status_code == 405:
        detail = "This address does not take that method. /docs lists what it takes."
        return Problem(
            405, "method-not-allowed", "Method not allowed", detail, headers=error.headers
        )
    if error.status_code == 400:
        return invalid("The body cannot be read. Send JSON, as /docs shows it.")
    return Problem(error.status_code, "refused", "Refused", str(error.detail))


def _faults(error: RequestValidationError) -> Problem:
    """Where what was sent does not fit; never what was sent, which may be secret."""
    faults = [
        {"at": ".".join(str(part) for part in one["loc"]), "message": str(one["msg"])[:300]}
        for one in error.errors()[:_MOST_FAULTS]
    ]
    told = "; ".join(f"{one['at']}: {one['message']}" for one in faults)
    return Problem(422, "invalid-request", "The request cannot be understood", told, errors=faults)
