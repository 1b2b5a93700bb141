"""Everything about QuotaPolicies in one place, for the accounts' loops and the application."""

import asyncio
from collections.abc import Iterable
from datetime import date

from sim_operator.api.choices import PolicyAction, PolicyMode
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.states import SimState
from sim_operator.domain.usage import Visit
from sim_operator.engine.quota.announcing import PolicyAnnouncer
from sim_operator.engine.quota.board import QuotaBoard
from sim_operator.engine.quota.forecasts import Forecasts
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.quota.members import recalled
from sim_operator.engine.quota.needs import Needs
from sim_operator.engine.quota.outlook import Outlook
from sim_operator.engine.quota.reporting import PolicyReports
from sim_operator.engine.quota.views import PolicyViews
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.kube.store import Change
from sim_operator.planning.need import Need
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.evaluation import Evaluation
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.quota.period import period_at
from sim_operator.planning.quota.terms import Terms
from sim_operator.planning.views import PolicyView
from sim_operator.status.policy import shown_day
from sim_operator.status.sim_policy import PolicyReport
from sim_operator.telemetry.fleet import PolicySample

_OVERDUE_SECONDS = 5.0


class QuotaDesk:
    """The policies of all namespaces."""

    def __init__(self, services: Services, roster: Roster, loops: Loops) -> None:
        """Nothing is decided before `load`."""
        self._services = services
        self._roster = roster
        clock = services.clock
        self.board = QuotaBoard(services, roster, loops, self._evaluated, self._begun)
        self._forecasts = Forecasts(self.board.books)
        self._views = PolicyViews(
            self.board,
            roster,
            self._forecasts,
            clock.now,
            has_history=services.recording.is_on,
        )
        self._outlook = Outlook(
            self.board,
            self._forecasts,
            roster,
            loops,
            clock,
            is_streamed=self._is_streamed,
            shown=self._shown_day,
            changed=self._ahead_moved,
        )
        self._announcer = PolicyAnnouncer(
            services.announcer, services.store, self.board.matching, self._told_before, clock.now
        )
        self._reports = PolicyReports(
            services, self.board, roster, loops, self._outlook, self._announcer
        )
        self._swept: set[Key] = set()
        self._needs = Needs(
            self.board, self._forecasts, self._outlook, roster, services.store, clock
        )

    # What it is told

    async def load(self) -> None:
        """Every list is complete: policies count from here on."""
        await self.board.load()

    def changed(self, change: Change) -> None:
        """A SIM, a policy or an account came, changed or went."""
        old, new = change.old, change.new
        if isinstance(old, AccountRecord) and isinstance(new, AccountRecord):
            if old.spec.mode is not new.spec.mode:
                self.board.mode_changed(change.key)
            return
        self.board.changed(change)

    def echoed(self, change: Change) -> None:
        """Only a status changed."""
        self.board.echoed(change)

    async def swept(self, account: Key) -> None:
        """A sweep of an account was believed."""
        await self.board.swept(account)
        if account not in self._swept:
            self._swept.add(account)
            # Nothing is told of an account's SIMs before their policies have spoken.
            await self.board.catch_up()

    def look_again(self, policy: Key) -> None:
        """A policy's status was not written: tell it again from what is known by then."""
        self._reports.look_again(policy)

    def guard_answered(self, sim: Key) -> None:
        """The account's guard let a disable through, or holds it back."""
        self.board.guard_answered(sim)

    def forget(self, sim: Key) -> None:
        """A SIM resource is gone, or belongs to another account now."""
        self._views.forget(sim)

    def hands_changed(self) -> None:
        """Accounts, or what belongs to none, came into this process's hands or left them."""
        self.board.hands_changed()

    def is_told_here(self, policy: Key) -> bool:
        """Whether this process tells what there is to tell of a policy."""
        return self.board.places.was_here(policy) or self.board.places.is_scattered(policy)

    def forget_account(self, account: Key) -> None:
        """An account is gone."""
        self._swept.discard(account)
        self._needs.forget_account(account)

    def visited(self, iccid: Iccid, visit: Visit) -> None:
        """Figures of a SIM were read."""
        self.board.books.visited(iccid, visit)

    async def run(self) -> None:
        """Evaluate and tell, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.board.run(), name="quota policies")
            group.create_task(self._tell_overdue(), name="quota policy reports")
            group.create_task(self._outlook.run(), name="quota policy outlook")

    async def _tell_overdue(self) -> None:
        while True:
            await asyncio.sleep(_OVERDUE_SECONDS)
            for policy in self._reports.overdue():
                if self.board.places.was_here(policy):
                    self._reports.evaluated(policy, self.board.evaluations.get(policy))
            for policy in self.board.matching.all():
                if self.board.places.is_scattered(policy):
                    self._reports.scattered(policy, len(self.board.places.accounts(policy)))

    def _evaluated(self, policy: Key, before: Evaluation | None, found: Evaluation | None) -> None:
        if found is not None:
            self._announcer.evaluated(policy, before, found)
        self._reports.evaluated(policy, found)

    def _ahead_moved(self, policy: Key) -> None:
        self._reports.moved(policy)

    def _is_streamed(self, account: Key) -> bool:
        return self._services.streamed.is_lively(account)

    def _shown_day(self, policy: Key) -> date | None:
        record = self._services.store.policies.get(policy)
        return shown_day(record) if record is not None else None

    def _begun(self, sim: Key) -> Hold | None:
        return self._views.begun(sim)

    def _told_before(self, policy: Key, terms: Terms, sim: Key) -> PolicyAction | None:
        record = self._services.store.sims.get(sim)
        if record is None:
            return None
        period = period_at(terms.track, self._services.clock.now()).name
        return recalled(record.status, policy.name, terms.mode, period)

    # What it is asked

    @property
    def is_loaded(self) -> bool:
        """Whether policies count already."""
        return self.board.holds.loaded

    def view(self, record: SimRecord) -> PolicyView:
        """What the plan of a SIM goes by."""
        return self._views.view(record)

    def report(
        self,
        record: SimRecord,
        view: PolicyView,
        seen: SimState | None,
        *,
        begins: bool,
        read: Usage | None = None,
    ) -> PolicyReport | None:
        """What the status of a SIM tells; None before anything was decided."""
        return self._views.report(record, view, seen, begins=begins, read=read)

    def need(self, iccid: Iccid) -> Need | None:
        """How often the use of a SIM has to be read; None: not at all."""
        return self._needs.of(iccid)

    def in_force(self, sim: Key) -> str | None:
        """The name of the policy that decides about a SIM resource, or that tries to."""
        matching = self.board.matching
        modes = (PolicyMode.ENFORCE, PolicyMode.AUDIT)
        return next((one.name for mode in modes if (one := matching.winner(sim, mode))), None)

    def samples(self) -> Iterable[PolicySample]:
        """What metrics tell of policies."""
        return self._reports.samples()
