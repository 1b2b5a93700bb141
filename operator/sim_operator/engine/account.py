"""One account's loop: its tasks and what wakes them.

Sweeps, reads of details, and passes that decide and report go on side by side, so that none waits
for another. A pass looks at the SIMs that something happened to; each second also at those whose
plan depends on the time.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account_figures import AccountFigures
from sim_operator.engine.account_state import restored
from sim_operator.engine.account_sweeps import AccountSweeps
from sim_operator.engine.action import Hooks
from sim_operator.engine.background import Background
from sim_operator.engine.carrying import Carrier
from sim_operator.engine.connecting import Connection
from sim_operator.engine.deciding import Decider
from sim_operator.engine.detail_rota import DetailRota
from sim_operator.engine.detailing import Detailer
from sim_operator.engine.due import Due
from sim_operator.engine.history import AccountHistory
from sim_operator.engine.learning import learn
from sim_operator.engine.passing import Parts, Passes
from sim_operator.engine.policies import Policies
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Elders, Services
from sim_operator.engine.sim_answers import SimAnswers
from sim_operator.engine.sweep_rounds import SweepRounds
from sim_operator.engine.viewing import account_view
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Throttle
from sim_operator.planning.views import AccountView
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_TICK = 1.0
_PASS_DEADLINE = 60.0
_CLOSE = 5.0
_IN_BETWEEN = 50
"""SIMs that changed while a pass goes on, and that it looks at before it goes on."""


class AccountLoop:
    """Everything that is done for one SIMAccount."""

    def __init__(
        self,
        account: AccountRecord,
        roster: Roster,
        services: Services,
        elders: Elders,
        policies: Policies,
    ) -> None:
        """Pick up where the account's status leaves off; nothing runs before `run`."""
        self._policies = policies
        self.key, self.uid = account.meta.key, account.meta.uid
        self._services = services
        self._roster = roster
        self.state = restored(account, services.clock.now(), time.monotonic())
        meter = services.meters.for_account(str(self.key))
        self.throttle = Throttle(
            account.spec.rate_limit.requests_per_second,
            on_wait=meter.throttle_wait,
            may_start=lambda: services.hands.may_call(self.key),
        )
        self._connection = Connection(
            services.secrets, services.allows_endpoint, self.throttle, meter
        )
        self._background = Background()
        self._decider = Decider(self.state, roster, self.key, policies.view)
        self._answers = SimAnswers(services.store, self.state, policies)
        self._sweeps = AccountSweeps(
            self.key,
            self.uid,
            self.state,
            self._connection,
            services,
            elders,
            claimed=self._decider.claimed,
        )
        self.figures = AccountFigures(
            self.state, self._decider, self.throttle, services.clock, self._sweeps.detail_interval
        )
        self._carrier = Carrier(self.state, services.clock, self._hooks())
        self._rota = DetailRota(self.key, self.state, roster, services.store)
        self._history = AccountHistory(
            self.key,
            self.state,
            services.recording,
            roster,
            policies.in_force,
            services.clock,
            interval=lambda: self._effective(self._sweeps.history_interval),
            changed=self._shown_changed,
        )
        self._detailer = Detailer(
            self.state,
            client=lambda: self._connection.client if self.state.trusted else None,
            interval=lambda: self._effective(self._sweeps.detail_interval),
            rota=self._rota,
            changed=self._details_changed,
            need=policies.need,
            visited=policies.visited,
            history=self._history,
            now=services.clock.now,
        )
        self._passes = Passes(
            Parts(
                self.key,
                self.state,
                roster,
                self._decider,
                self._carrier,
                self._sweeps,
                services,
                policies,
                self._history.used,
                self._view,
                self.touch,
                self._background.start,
            )
        )
        self._sims = Due(self._decider.unsettled, self._is_queued)
        self._last_view: AccountView | None = None
        self._wake, self._may_pass = asyncio.Event(), asyncio.Event()
        self._may_pass.set()
        self._rounds = SweepRounds(
            self.key, self.state, self._sweeps, services.store.accounts, self._swept
        )

    def _hooks(self) -> Hooks:
        return Hooks(
            client=lambda: self._connection.client,
            still_wanted=lambda action: self._passes.still_wanted(action),  # noqa: PLW0108 - made later
            may_write=lambda: self._services.hands.may_write(self.key),
            may_call=self._answers.may_call,
            wanted_now=self._answers.wanted_now,
            decide=self.touch,
            written=lambda action, sent: self._passes.written(action, sent),  # noqa: PLW0108
            answered=self._decider.answered,
            account_failed=self._account_failed,
            quota_expiry=self._answers.quota_expiry,
        )

    # What wakes it

    def touch(self, sim: Key) -> None:
        """Decide about a SIM soon."""
        self._sims.touch(sim)
        self._wake.set()

    def look_again(self, sim: Key) -> None:
        """A status of this SIM was not written: decide again, though nothing may have changed."""
        self._decider.reconsider(sim)
        self.touch(sim)

    def report_again(self) -> None:
        """The account's own status was not written as it was."""
        self._sweeps.report_again()

    def waits(self, sim: Key) -> bool:
        """Whether the account's guard holds a disable of this SIM back."""
        return self._decider.is_held_back(sim)

    def is_undecided(self, sim: Key) -> bool:
        """Whether a SIM waits to be decided about."""
        return sim in self._sims

    def reading_interval(self, iccid: Iccid) -> float | None:
        """Seconds between the last two readings of a SIM's use; None before the second."""
        return self._detailer.observed_interval(iccid)

    def readable(self) -> Iterable[Iccid]:
        """The SIMs whose use may be read."""
        return self._rota.readable()

    def soon(self, iccid: Iccid) -> None:
        """Something was heard of this SIM: read it before others."""
        self._detailer.soon(iccid)

    def touch_all(self) -> None:
        """Decide about every SIM soon."""
        self._sims.touch_all()
        self._wake.set()

    def asked_again(self, sim: Key) -> None:
        """A person changed the SIM's resource or asked for it: earlier failures hold nothing up."""
        iccid, record = self._roster.iccid(sim), self._roster.record(sim)
        if iccid is not None:
            leaves = record is not None and record.meta.deleted_at is not None
            self._carrier.retry(iccid, look_again=not leaves)
            self._detailer.soon(iccid)
        self.touch(sim)

    def account_changed(self, account: AccountRecord) -> None:
        """The SIMAccount's spec or one of its annotations changed."""
        self.throttle.set_rate(account.spec.rate_limit.requests_per_second)
        self._rounds.restart()
        self.touch_all()

    # Its tasks

    async def run(self) -> None:
        """Run until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._rounds.run(), name=f"sweeps of {self.key}")
                group.create_task(self._pass(), name=f"passes of {self.key}")
                group.create_task(self._carrier.run(), name=f"writes of {self.key}")
                group.create_task(
                    self._detailer.run(lambda: self._beat("details")), name=f"details of {self.key}"
                )
        finally:
            for name in ("passes", "details"):
                self._services.heartbeats.retire(f"{name} of {self.key}")

    async def drain(self) -> None:
        """Begin nothing new and let what is on the wire end."""
        await self._carrier.close(_CLOSE)

    async def close(self) -> None:
        """Close the connections, after `run` has ended."""
        await self._background.close()
        await self._connection.close()

    async def _swept(self) -> None:
        learn(self.key, self.state, self._roster, self._carrier, self._answers)
        # No pass begins meanwhile: nothing is told of SIMs before their policies have spoken.
        self._may_pass.clear()
        await self._policies.swept(self.key)
        self._may_pass.set()
        self.touch_all()

    async def _pass(self) -> None:
        while True:
            self._beat("passes")
            try:
                async with asyncio.timeout(_TICK):
                    await self._wake.wait()
            except TimeoutError:
                pass
            await self._may_pass.wait()
            self._wake.clear()
            await self._passes.run(
                self._due(),
                lambda: self._beat("passes"),
                lambda: self._sims.take_changed(_IN_BETWEEN),
            )
            self._sims.ended()

    def _due(self) -> set[Key]:
        account = self._services.store.accounts.get(self.key)
        view = self._view(account) if account is not None else None
        if view != self._last_view:
            self._last_view = view
            self._sims.touch_all()
        return self._sims.take(self._roster.members.get(self.key, ()), time.monotonic())

    def _is_queued(self, sim: Key) -> bool:
        iccid = self._roster.iccid(sim)
        return iccid is not None and self._carrier.is_queued(iccid)

    def _beat(self, name: str) -> None:
        self._services.heartbeats.beat(f"{name} of {self.key}", _PASS_DEADLINE)

    # What its parts ask

    def _view(self, account: AccountRecord) -> AccountView:
        return account_view(
            account,
            self.state,
            stale=self._sweeps.is_stale(account),
            credentials_gone=self._sweeps.credentials_gone,
            complete=self._services.store.complete.is_set(),
            starting=self._sweeps.is_starting,
        )

    def _account_failed(self, error: OnenceError) -> None:
        log.warning("%s", error, extra=about(account=str(self.key)))
        self._rounds.soon()

    def _details_changed(self, iccid: Iccid) -> None:
        self._carrier.quota_read(iccid)
        self._shown_changed(iccid)

    def _shown_changed(self, iccid: Iccid) -> None:
        holder = self._roster.holder(iccid)
        if holder is not None:
            # It is shown and not decided upon: the decision would look the same.
            self.look_again(holder)

    def _effective(self, interval: Callable[[AccountRecord], float]) -> float:
        account = self._services.store.accounts.get(self.key)
        return interval(account) if account is not None else 0.0
