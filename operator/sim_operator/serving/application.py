"""An application of a few routes.

Starlette as it is: what FastAPI adds is for schemas and forms, and costs the operator 6 MB.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def bare_application(*routes: Route) -> Starlette:
    """These routes and no other path, slashes as they are; what is refused is told as JSON."""
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refused})
    app.router.redirect_slashes = False
    return app


async def _refused(_: Request, error: Any) -> Response:
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)
