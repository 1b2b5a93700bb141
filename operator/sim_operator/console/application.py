"""The ASGI application: routes, errors, bounds and headers, around the parts of one console."""

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from sim_operator.console import pages, problems
from sim_operator.console.bounds import BoundedRequests
from sim_operator.console.delivery import door
from sim_operator.console.headers import SecurityHeaders
from sim_operator.console.measures import Measured
from sim_operator.console.parts import Console
from sim_operator.console.rest import (
    docs,
    events,
    fleet,
    health,
    me,
    metrics,
    signin,
    sim,
    sims,
    usage,
    writes,
)

_DESCRIPTION = """What is in the cluster and at 1NCE, and what was: read and changed with your own
Kubernetes rights.

Volumes are bytes, SMS are messages, moments are RFC 3339 in UTC, days are those of UTC. A `null` is
not known, and never a zero. Errors are `application/problem+json` (RFC 9457).
"""


def routes() -> FastAPI:
    """Every route, of no console yet: enough to describe the API."""
    app = FastAPI(
        title="sim-operator console",
        version=version("sim-operator"),
        description=_DESCRIPTION,
        # FastAPI's own pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
        openapi_url="/docs/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=_operation,
    )
    problems.register(app, pages.problem_page)
    rest = (signin, me, fleet, sims, sim, writes, usage, events, metrics, health, docs)
    for router in (*pages.routers(), *(module.router for module in rest), door.router):
        app.include_router(router)
    return app


def served(console: Console) -> ASGIApp:
    """The application as a server gets it."""
    app = routes()
    app.state.console = console
    return SecurityHeaders(BoundedRequests(Measured(app, console.measures)))


def _operation(route: Any) -> str:
    return str(route.name)
