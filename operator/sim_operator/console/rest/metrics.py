"""The console's own figures, for whoever is signed in.

Prometheus reads the same at the port of metrics, without a sign-in: that port is not led to from
outside, and Prometheus has no account here.
"""

from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, Response

from sim_operator.console.parts import Parts
from sim_operator.console.rest.answers import problems
from sim_operator.console.rights.gates import Known

router = APIRouter(prefix="/api/v1", tags=["health"])


@router.get(
    "/metrics",
    summary="Figures of the console itself",
    response_class=PlainTextResponse,
    responses=problems(),
)
async def metrics(request: Request, console: Parts, _: Known) -> Response:
    """In the format of Prometheus: requests, sessions, objects in the cache, the history."""
    return await console.measures.answer(request.headers.get("accept", ""), packed=False)
