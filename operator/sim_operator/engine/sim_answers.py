"""What is asked of one SIM right before a call: may it be made, and what is wanted by now?"""

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.policies import Policies
from sim_operator.kube.store import Store
from sim_operator.planning.holding import wanted


class SimAnswers:
    """Answers for one account's SIMs, from what is known at the moment of asking."""

    def __init__(self, store: Store, state: AccountState, policies: Policies) -> None:
        """Everything is read live."""
        self._store = store
        self._state = state
        self._policies = policies

    def may_call(self, sim: Key) -> bool:
        """Whether a call may be made for a SIM at all."""
        record = self._store.sims.get(sim)
        return record is not None and not record.spec.suspend

    def wanted_now(self, sim: Key) -> SimWrite:
        """Everything that a SIM should be."""
        record = self._store.sims.get(sim)
        if record is None:
            return SimWrite()
        if record.meta.deleted_at is not None:
            return SimWrite(state=SimState.DISABLED)
        return wanted(record.spec, self._policies.view(record))

    def quota_expiry(self, iccid: Iccid) -> str | None:
        """When the data volume of a SIM expires, as last read."""
        details = self._state.details.get(iccid)
        return details.data.expires_at if details is not None and details.data is not None else None
