"""What every route of the console works with, put together once at the start."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sim_operator.clock.wall import WallClock
from sim_operator.console.archive import Archive
from sim_operator.console.fleet import Fleet
from sim_operator.console.journal.journal import Journal
from sim_operator.console.measures import Measures
from sim_operator.console.rights.callers import Rights
from sim_operator.console.rights.tokens import Tokens
from sim_operator.kube.connection import ApiClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The parts of one console."""

    api: ApiClient
    """As the console itself; for a person only by impersonation."""
    fleet: Fleet
    rights: Rights
    archive: Archive
    journal: Journal
    recorder: str | None
    """The user name of the operator that delivers readings."""
    recorders: Tokens
    """Reviews tokens of deliveries."""
    deliveries: asyncio.Semaphore
    """How many are worked on at the same time."""
    measures: Measures
    clock: WallClock


def console_of(request: Request) -> Console:
    """The console that answers a request."""
    console: Console = request.app.state.console
    return console


Parts = Annotated[Console, Depends(console_of)]
