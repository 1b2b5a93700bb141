"""What statuses say, in words and tones.

Words are those of the resources, so that what is read here is found again in Git, in events and in
the documentation. A tone is a colour with a shape; it stands beside its word, never for it. Tones
are those of the dashboards.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from sim_operator.api.choices import PolicyReason
from sim_operator.api.names import ConditionStatus, ConditionType, ReadyReason


class Tone(StrEnum):
    """How a word looks; the names are classes of the stylesheet."""

    GOOD = "good"
    CALM = "calm"
    ODD = "odd"
    BAD = "bad"
    OFF = "off"
    DULL = "dull"


class Word(NamedTuple):
    """A word and its tone."""

    text: str
    tone: Tone


_STATES: Final[Mapping[str, Tone]] = {"Enabled": Tone.GOOD, "Disabled": Tone.OFF}
_SESSIONS: Final[Mapping[str, Tone]] = {
    "Online": Tone.GOOD,
    "Attached": Tone.CALM,
    "Offline": Tone.ODD,
    "Blocked": Tone.BAD,
}
_LEVELS: Final[Mapping[str, Tone]] = {
    "Sufficient": Tone.GOOD,
    "Low": Tone.ODD,
    "Exhausted": Tone.BAD,
}
_MODES: Final[Mapping[str, Tone]] = {
    "Enforce": Tone.CALM,
    "Audit": Tone.DULL,
    "Active": Tone.GOOD,
    "Observe": Tone.CALM,
    "Paused": Tone.ODD,
}
_READY: Final[Mapping[str, Tone]] = {
    ConditionStatus.TRUE: Tone.GOOD,
    ConditionStatus.FALSE: Tone.BAD,
}
_READY_BUT: Final[Mapping[str, Tone]] = {
    ReadyReason.DISABLED_BY_POLICY: Tone.OFF,
    ReadyReason.SUSPENDED: Tone.DULL,
    ReadyReason.OBSERVING: Tone.CALM,
    ReadyReason.PROGRESSING: Tone.ODD,
    ReadyReason.DISABLE_HELD: Tone.ODD,
}
"""As it should be or on its way there, and yet worth telling apart."""

_SENTENCES: Final[Mapping[tuple[str, str], str]] = {
    (ConditionType.READY, ConditionStatus.TRUE): "It is as it should be.",
    (ConditionType.READY, ConditionStatus.FALSE): "It is not as it should be.",
    (ConditionType.READY, ConditionStatus.UNKNOWN): "Whether it is as it should be is not known.",
    (ConditionType.SYNCED, ConditionStatus.TRUE): "What 1NCE shows agrees with the resource.",
    (ConditionType.SYNCED, ConditionStatus.FALSE): "What 1NCE shows differs from the resource.",
    (ConditionType.SYNCED, ConditionStatus.UNKNOWN): (
        "Whether 1NCE agrees with the resource is not known yet."
    ),
    (ConditionType.RECONCILING, ConditionStatus.TRUE): "Work on it goes on.",
    (ConditionType.STALLED, ConditionStatus.TRUE): "It waits for a person.",
}

_POLICY: Final[Mapping[str, str]] = {
    PolicyReason.WITHIN_LIMIT: "It has used less than its limit.",
    PolicyReason.WARNED: "It has passed a warning step and is still below its limit.",
    PolicyReason.EXCEEDED: "It has used up its limit.",
    PolicyReason.POOL_EXCEEDED: (
        "All SIMs of the policy together have used up their pool, and this is one of the heaviest."
    ),
    PolicyReason.HELD: (
        "It has used up its limit, and waits: only so many SIMs may be switched off at a time."
    ),
    PolicyReason.OWNER_DISABLED: "Its own resource keeps it disabled, so the policy does nothing.",
    PolicyReason.OBSERVING: "It is only observed, so the policy does nothing.",
    PolicyReason.USAGE_UNKNOWN: "Its use is not known; the last decision stands until it is.",
    PolicyReason.WAITING_FOR_PERIOD: "It waits for the next period.",
}


def state(value: str | None) -> Word:
    """Enabled or Disabled."""
    return _word(value, _STATES)


def session(value: str | None) -> Word:
    """How the SIM stands on the network."""
    return _word(value, _SESSIONS)


def level(value: str | None) -> Word:
    """How much of a bought volume is left."""
    return _word(value, _LEVELS)


def mode(value: str | None) -> Word:
    """The mode of a policy or an account."""
    return _word(value, _MODES)


def ready(status: str | None, reason: str | None) -> Word:
    """The reason of the condition Ready; `status` alone decides where the reason is common."""
    if status is None or reason is None:
        return Word("No status yet", Tone.DULL)
    tone = _READY_BUT.get(reason) if status != ConditionStatus.UNKNOWN else Tone.ODD
    return Word(reason, tone or _READY.get(status, Tone.DULL))


def condition(kind: str, status: str) -> str:
    """A condition as a sentence; one of another writer keeps its own words."""
    return _SENTENCES.get((kind, status), f"{kind} is {status}.")


def condition_tone(kind: str, status: str) -> Tone:
    """Reconciling and Stalled are no good news while they are true."""
    if kind in (ConditionType.READY, ConditionType.SYNCED):
        return _READY.get(status, Tone.DULL)
    return Tone.BAD if kind == ConditionType.STALLED else Tone.ODD


def policy(reason: str | None) -> str:
    """Why a policy decided as it did, as a sentence; empty where it has not decided yet."""
    return _POLICY.get(reason or "", reason or "")


def use(share: int | None) -> Tone:
    """The tone of a share of a limit in percent, at the steps at which a policy warns."""
    if share is None or share < 80:
        return Tone.CALM
    return Tone.ODD if share < 95 else Tone.BAD


def _word(value: str | None, tones: Mapping[str, Tone]) -> Word:
    return Word("Not known", Tone.DULL) if not value else Word(value, tones.get(value, Tone.DULL))
