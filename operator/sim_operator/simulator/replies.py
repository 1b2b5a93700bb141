"""Bodies and errors as 1NCE writes them: one family for each version, one for OAuth."""

from typing import Any

import orjson
from starlette.responses import Response

_TOKENS = {
    400: "BadRequest",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    422: "UnprocessableEntity",
    500: "InternalServerError",
}


class ApiError(Exception):
    """An answer that is no success; its shape depends on the version that was called."""

    def __init__(self, status: int, message: str) -> None:
        """An HTTP status and a text."""
        super().__init__(message)
        self.status = status
        self.message = message


def json_reply(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON body."""
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def empty_reply(status: int, headers: dict[str, str] | None = None) -> Response:
    """No body at all, as most of 1NCE's writes answer."""
    return Response(b"", status, headers)


def error_reply(error: ApiError, version: str) -> Response:
    """The error in the shape of the version."""
    if version == "v2" and error.status in _TOKENS:
        body: dict[str, object] = {
            "error_code": 1000,
            "error_token": _TOKENS[error.status],
            "message": error.message,
        }
        return json_reply(body, error.status)
    return json_reply({"message": error.message}, error.status)


def oauth_error(error_code: str, message: str) -> Response:
    """A 400 of the token endpoint."""
    return json_reply({"statusCode": 400, "errorCode": error_code, "message": message}, 400)


def page_headers(page: int, size: int, total: int) -> dict[str, str]:
    """The headers that tell where in a list a page stands."""
    return {
        "X-Count-Per-Page": str(size),
        "X-Current-Page": str(page),
        "X-Total-Count": str(total),
        "X-Total-Pages": str(-(-total // size)),
    }
