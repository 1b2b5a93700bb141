"""What was changed at 1NCE, told once it is seen there."""

from collections.abc import Callable

from sim_operator.api.names import SyncedReason
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.action import Action
from sim_operator.engine.announcing import correction_text, was_in_sync
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.planning.verdict import Cause, SimPlan
from sim_operator.planning.views import NO_POLICY, PolicyView


class Corrections:
    """The changes of one account's SIMs that wait to be seen."""

    def __init__(
        self,
        state: AccountState,
        roster: Roster,
        services: Services,
        policy_of: Callable[[SimRecord], PolicyView],
    ) -> None:
        """Nothing was written yet."""
        self._state = state
        self._roster = roster
        self._services = services
        self._policy_of = policy_of
        self._unseen: dict[Key, tuple[str, bool]] = {}
        """What is told once a write is seen, and whether a policy switched the SIM off."""
        self._drifted: dict[Key, bool] = {}

    def planned(self, record: SimRecord, plan: SimPlan) -> None:
        """A SIM was decided about: remember whether a difference is drift."""
        key = record.meta.key
        if plan.synced.reason is SyncedReason.IN_SYNC:
            self._drifted.pop(key, None)
        elif key not in self._drifted:
            # Asked at the first difference: later the status says Pending already.
            self._drifted[key] = was_in_sync(record)

    def written(self, action: Action, sent: SimWrite, plan: SimPlan | None) -> None:
        """1NCE took a write, or may have taken it: tell of it once it is seen."""
        before = self._state.sightings.get(action.iccid)
        record = self._services.store.sims.get(action.sim)
        policy = self._policy_of(record) if record is not None else NO_POLICY
        cause = plan.disable_wanted if plan is not None else None
        by_policy = cause is Cause.POLICY and sent.state is SimState.DISABLED
        released = sent.state is SimState.ENABLED and policy.hold is not None
        text = correction_text(
            before.sim if before is not None else None,
            sent,
            cause,
            drifted=self._drifted.get(action.sim, False),
            why=policy.why if by_policy or released else "",
        )
        self._unseen[action.sim] = (text, by_policy)

    def tell_seen(self, record: SimRecord) -> None:
        """Tell of a SIM's change where 1NCE shows it by now."""
        key = record.meta.key
        iccid = self._roster.iccid(key)
        if iccid is None or key not in self._unseen or not self._roster.holds(key):
            return
        memory = self._state.ledger(iccid)
        if memory.accepted is None and memory.failure is None and not memory.in_flight:
            self._services.announcer.corrected(record, *self._unseen.pop(key))
            self._services.meters.reconcile("corrected")

    def forget(self, sim: Key) -> None:
        """A SIM resource is gone, or belongs to another account now."""
        self._unseen.pop(sim, None)
        self._drifted.pop(sim, None)
