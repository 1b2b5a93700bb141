"""The SIMs of a policy as they are decided about, and what is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sim_operator.api.choices import PolicyAction, PolicyReason
from sim_operator.domain.resources import Key
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.terms import Limit


class Standing(StrEnum):
    """How a policy may deal with a SIM."""

    ENFORCED = "Enforced"
    """It may be switched off, or, for a policy in Audit, might be."""
    OUTRANKED = "Outranked"
    """Another policy decides about it."""
    OWNER_DISABLED = "OwnerDisabled"
    """Its spec says Disabled."""
    OBSERVING = "Observing"
    """Nothing is written for the SIM, or for its account."""
    SUSPENDED = "Suspended"
    """Its spec says suspend."""
    RELEASED = "Released"
    """An annotation ended its hold in this period: it is left alone until the next one."""
    UNSEEN = "Unseen"
    """Nothing is known of it now, for its account is not read: a hold on it keeps its place."""
    LEAVING = "Leaving"
    """The resource is being deleted, or 1NCE does not have the SIM."""


@dataclass(frozen=True, slots=True)
class Member:
    """A SIM that the policy selects."""

    key: Key
    usage: Usage | None
    """Of the policy's period; None: not known."""
    standing: Standing
    held: bool = False
    """It is off by this policy: a hold stands, or is being written. It takes one of the places.

    For Audit: the last answer in this period was Disable, and the standing is Enforced."""
    ends: bool = False
    """A hold of this policy has ended, and the SIM was not seen on since: its place is not free."""
    waits: bool = False
    """It was given a place, and the account's guard holds the disable back."""
    last: PolicyAction | None = None
    """The last `would` in this period: for Observing and Suspended it stands in for `held`."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done with a SIM, and why."""

    action: PolicyAction
    reason: PolicyReason
    limit: Limit | None
    """The limit that it is about."""
    percent: int | None
    """Use in percent of the SIM's limit (see `Load`); None: not known."""
    step: int | None
    """The warning step reached, where nothing worse than that is told."""
    would: PolicyAction
    """What would be done if it could be; elsewhere the same as `action`."""
    place: bool = False
    """It has a place of maxDisabled. With Hold: only the account's guard is in the way."""
    standing: Standing = Standing.ENFORCED
    """How the policy could deal with the SIM then."""


@dataclass(frozen=True, slots=True)
class Heavy:
    """One of the heaviest SIMs; data in bytes, None: not known."""

    key: Key
    data: int | None
    sms: int | None
    percent: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a policy decides for all of its SIMs, and how many are how."""

    decisions: Mapping[Key, Decision]
    matched: int
    warned: int
    exceeded: int
    disabled: int
    held: int
    pool_data: int | None
    """Bytes used together; None: no such pool, or nothing is known."""
    pool_sms: int | None
    pool_step: int | None
    """The highest warning step that a pool reached."""
    unknown: int
    top: tuple[Heavy, ...]
