"""One call, or a read and a write, for one SIM: what is asked, how urgent it is, whom it asks back.

Apart from the workers that carry it, because passes speak of actions too.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.planning.verdict import Cause


class WithdrawnError(Exception):
    """The action is not wanted, or not ours, any more."""


@dataclass(frozen=True, slots=True, order=True)
class Action:
    """One call or pair of calls for one SIM; lower `urgency` goes first."""

    urgency: int
    ticket: int
    sim: Key = field(compare=False)
    iccid: Iccid = field(compare=False)
    write: SimWrite = field(compare=False, default_factory=SimWrite)
    request: str | None = field(compare=False, default=None)
    """The reconcile request that a read answers."""


def urgency(write: SimWrite, cause: Cause | None) -> int:
    """Restoring service, then owners' disables, then policies', then everything else."""
    if write.state is SimState.ENABLED:
        return 0
    if write.state is SimState.DISABLED:
        return 2 if cause is Cause.POLICY else 1
    return 3


@dataclass(frozen=True, slots=True)
class Hooks:
    """What carrying asks of, and tells, the account's loop."""

    client: Callable[[], OnenceClient | None]
    still_wanted: Callable[[Action], bool]
    may_write: Callable[[], bool]
    may_call: Callable[[Key], bool]
    wanted_now: Callable[[Key], SimWrite]
    decide: Callable[[Key], None]
    written: Callable[[Action, SimWrite], None]
    answered: Callable[[Key, str], None]
    account_failed: Callable[[OnenceError], None]
    quota_expiry: Callable[[Iccid], str | None]
