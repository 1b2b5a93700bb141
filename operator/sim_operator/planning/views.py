"""What a decision about one SIM is made from, beside its resource."""

from dataclasses import dataclass, field
from enum import StrEnum

from sim_operator.domain.resources import Key
from sim_operator.domain.sim import ObservedSim
from sim_operator.domain.states import AccountMode
from sim_operator.planning.ledger import Ledger


@dataclass(frozen=True, slots=True)
class AccountView:
    """How the SIM's account stands at this moment."""

    key: Key
    mode: AccountMode = AccountMode.ACTIVE
    not_ready: str | None = None
    """Why SIMs take AccountNotReady.

    A paused account, bad credentials, a missing Secret, or an account
    that was never ready. An outage is none of these."""
    gone_for_good: bool = False
    """The account is being deleted and its credentials are no more.

    Nothing can be written ever again.
    """
    swept: bool = True
    """A full sweep of this process was believed."""
    starting: bool = False
    """The first attempt of this process to sweep is still under way."""
    stale: bool = False
    """The last believed sweep is older than three effective intervals."""
    writes_wait: str | None = None
    """Why nothing may be written now, though the account is active.

    A rejected sweep, a duplicate, lists
    that are not complete."""


class Guard(StrEnum):
    """What the disable budget said to this SIM."""

    NOT_ASKED = "NotAsked"
    GRANTED = "Granted"
    HELD = "Held"


class Absence(StrEnum):
    """What a read of a SIM that the sweeps do not show has said."""

    NOT_LOOKED = "NotLooked"
    GONE = "Gone"


@dataclass(frozen=True, slots=True)
class SimView:
    """What is known of one SIM."""

    sighting: ObservedSim | None = None
    current: bool = True
    """Whether the sighting counts: nothing was written since its read began."""
    after_deletion: bool = False
    """Whether its read began after the resource was seen to be deleted."""
    known: bool = False
    """Whether the SIM was ever observed for this resource, in this process or by its status."""
    missing_sweeps: int = 0
    """Full believed sweeps in a row that did not show it."""
    absence: Absence = Absence.NOT_LOOKED
    holds: bool = True
    """Whether this resource holds the ICCID."""
    rival_nearby: str | None = None
    """The name of the holder, where it is in the same namespace."""
    requested: bool = False
    """A reconcile request waits for a read of its own."""
    guard: Guard = Guard.NOT_ASKED
    ledger: Ledger = field(default_factory=Ledger)
