"""The finalizer of a SIM that is disabled before it goes: put on and taken off as plans say."""

import logging
from collections.abc import Callable, Coroutine

from sim_operator.api.names import DISABLE_FINALIZER, SIM_KIND
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.consequences import wants_finalizer
from sim_operator.engine.deciding import Decider
from sim_operator.engine.services import Services
from sim_operator.kube.answers import ApiError
from sim_operator.planning.verdict import SimPlan
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)


class Finalizing:
    """The finalizers of one account's SIMs; one change at a time for each."""

    def __init__(
        self,
        services: Services,
        decider: Decider,
        background: Callable[[Coroutine[object, object, None]], None],
    ) -> None:
        """Nothing is changed before `settle`."""
        self._services = services
        self._decider = decider
        self._background = background
        self._under_way: set[Key] = set()

    def settle(self, record: SimRecord, plan: SimPlan) -> None:
        """Begin what the plan says of the finalizer."""
        key, put_on = record.meta.key, wants_finalizer(record, plan)
        if put_on is not None and key not in self._under_way:
            self._under_way.add(key)
            self._background(self._change(record, plan, put_on=put_on))

    async def _change(self, record: SimRecord, plan: SimPlan, *, put_on: bool) -> None:
        key, finalizers = record.meta.key, self._services.finalizers
        try:
            if put_on:
                await finalizers.add(SIM_KIND, record.meta, DISABLE_FINALIZER)
            else:
                if plan.warning is not None:
                    self._services.announcer.let_go(record, plan.warning)
                await finalizers.remove(SIM_KIND, record.meta, DISABLE_FINALIZER)
        except ApiError as error:
            log.warning(
                "a finalizer was not changed and will be tried again: %s",
                error,
                extra=about(namespace=key.namespace, name=key.name),
            )
            self._decider.reconsider(key)
            self._decider.unsettled.add(key)
        finally:
            self._under_way.discard(key)
