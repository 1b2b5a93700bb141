"""What one account's loop asks of the QuotaPolicies, which span accounts."""

from typing import Protocol

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.states import SimState
from sim_operator.domain.usage import Visit
from sim_operator.planning.need import Need
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.views import PolicyView
from sim_operator.status.sim_policy import PolicyReport


class Policies(Protocol):
    """The policies, as an account's loop sees them."""

    def view(self, record: SimRecord) -> PolicyView:
        """What the plan of a SIM goes by."""
        ...

    def report(
        self,
        record: SimRecord,
        view: PolicyView,
        seen: SimState | None,
        *,
        begins: bool,
        read: Usage | None = None,
    ) -> PolicyReport | None:
        """What the status of a SIM tells; None before anything was decided.

        `begins`: the plan says that a hold is to be written down now. `read`: its use of this
        month as the history had it read, which is shown where no policy asks.
        """
        ...

    def guard_answered(self, sim: Key) -> None:
        """The account's guard let a disable through, or holds it back."""
        ...

    async def swept(self, account: Key) -> None:
        """A sweep of an account was believed."""
        ...

    def forget(self, sim: Key) -> None:
        """A SIM resource is gone, or belongs to another account now."""
        ...

    def need(self, iccid: Iccid) -> Need | None:
        """How often the use of a SIM has to be read; None: not at all."""
        ...

    def in_force(self, sim: Key) -> str | None:
        """The name of the policy that decides about a SIM resource, or that tries to."""
        ...

    def visited(self, iccid: Iccid, visit: Visit) -> None:
        """Figures of a SIM were read."""
        ...
