"""What a decision about one SIM is made from, beside its resource."""

from dataclasses import dataclass, field
from enum import StrEnum

from sim_operator.domain.resources import Key
from sim_operator.domain.sim import ObservedSim
from sim_operator.domain.states import AccountMode
from sim_operator.planning.ledger import Ledger
from sim_operator.planning.quota.holds import Hold


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
class PolicyView:
    """What the QuotaPolicies of its namespace make of one SIM."""

    off: bool = False
    """The SIM is to be off: a hold stands, or the winning policy has a place for it."""
    holder: str | None = None
    """metadata.uid of the policy that wants it off."""
    hold: Hold | None = None
    """The hold that stands in the status, acknowledged by the API server."""
    renews: bool = False
    """The hold has ended, and the SIM is to stay off: a new one takes its place."""
    pends: bool = False
    """Nobody can say at the moment what policies want: neither off nor on is asked for.

    What is off stays off, and what is not off yet is not switched off."""
    waits: str | None = None
    """Why a policy that wants it off does not do so: the guard that holds it back, in a sentence.

    A guard of the policy's own; the one of the account is asked in the plan."""
    why: str = ""
    """Why it is to be off, and until when; a sentence without moving figures."""
    watched: bool = False
    """A policy that switches SIMs off selects it."""

    @property
    def marked(self) -> bool:
        """Whether the hold that keeps the SIM off stands in the status already."""
        if self.hold is None or self.renews:
            return False
        return self.hold.policy_uid == self.holder


NO_POLICY = PolicyView()


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
    policy: PolicyView = NO_POLICY
