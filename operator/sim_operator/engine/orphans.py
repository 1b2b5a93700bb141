"""SIMs that no account acts for: each still gets its verdict, its event and its way out."""

import logging
import time
from collections.abc import Callable, Coroutine

from sim_operator.api.names import DISABLE_FINALIZER, SIM_KIND
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.consequences import wants_finalizer
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.kube.answers import ApiError
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.verdict import SimPlan
from sim_operator.planning.views import SimView
from sim_operator.status.sim import sim_status
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)


class Orphans:
    """Decides about SIMs without an account."""

    def __init__(
        self,
        roster: Roster,
        services: Services,
        background: Callable[[Coroutine[object, object, None]], None],
    ) -> None:
        """Nothing is decided before `run`."""
        self._roster = roster
        self._services = services
        self._background = background
        self._sims: set[Key] = set()
        self._leaving: set[Key] = set()

    def add(self, sim: Key) -> None:
        """Look at a SIM in the next `run`."""
        self._sims.add(sim)

    def drop(self) -> None:
        """Another process decides about all of them."""
        self._sims.clear()

    def run(self) -> None:
        """Decide about every SIM that was added.

        Those that have an account by now are left to it.
        """
        sims, self._sims = self._sims, set()
        for sim in sims:
            refusal = self._roster.assignment(sim)
            record = self._services.store.sims.get(sim)
            if record is None:
                self._services.announcer.forget(sim)
            elif isinstance(refusal, Refusal):
                self._decide(record, refusal)

    def _decide(self, record: SimRecord, refusal: Refusal) -> None:
        services = self._services
        now = services.clock.now()
        plan = plan_sim(record, refusal, SimView(), now=now, tick=time.monotonic())
        status = sim_status(record, None, plan, None, None, now)
        services.writer.submit(SIM_KIND, record.meta.key, record.meta.uid, status, urgent=True)
        services.announcer.verdict(record, plan)
        services.meters.reconcile("refused")
        if wants_finalizer(record, plan) is False and record.meta.key not in self._leaving:
            self._leaving.add(record.meta.key)
            self._background(self._let_go(record, plan))

    async def _let_go(self, record: SimRecord, plan: SimPlan) -> None:
        try:
            if plan.warning is not None:
                self._services.announcer.let_go(record, plan.warning)
            await self._services.finalizers.remove(SIM_KIND, record.meta, DISABLE_FINALIZER)
        except ApiError as error:
            log.warning(
                "a finalizer was not taken off and will be tried again: %s",
                error,
                extra=about(namespace=record.meta.key.namespace, name=record.meta.key.name),
            )
            self._sims.add(record.meta.key)
        finally:
            self._leaving.discard(record.meta.key)
