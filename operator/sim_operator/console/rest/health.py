"""Whether the console can answer: asked by probes and by people, without a sign-in.

It tells nothing about the fleet.
"""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from sim_operator.api.meta import WireModel
from sim_operator.console.parts import Parts

router = APIRouter(tags=["health"])


class Health(WireModel):
    """Whether the console is ready."""

    status: Literal["ok", "starting"] = Field(
        description="ok: it answers. starting: it does not know all resources of the cluster yet."
    )


@router.get(
    "/health",
    summary="Whether the console can answer",
    responses={503: {"model": Health, "description": "Not yet: the cluster is being read."}},
)
async def health(console: Parts, response: Response) -> Health:
    """200 when all resources of the cluster are known, 503 before. Needs no sign-in."""
    response.headers["Cache-Control"] = "no-store"
    if console.fleet.complete:
        return Health(status="ok")
    response.status_code = 503
    return Health(status="starting")
