"""What the loop remembers of one SIM's writes.

1NCE may apply a write later than it answers, an answer may be lost, and somebody else may keep
changing a field back. All of that is told apart here, from values alone: each function takes the
memory and one thing that happened and gives the new memory.

Moments named `at` and `until` are seconds on the monotonic clock; `datetime`s are wall time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.planning.drift import FIELDS, value_of, wish_of

CONTEST_WINDOW = timedelta(hours=1)
CONTEST_REVERTS = 3
EXPIRED_RETRY = timedelta(days=1)
UNSEEN_SWEEPS = 3
"""Full sweeps, begun after the answer.

That an accepted write may stay unseen before it is repeated.
"""

_NOTHING: Mapping[str, "Correction"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Correction:
    """The history of one field that the operator has set."""

    wanted: str
    at: datetime
    seen: bool = False
    reverts: tuple[datetime, ...] = ()
    contested: bool = False
    """Changed back so often that it is corrected once an hour, until it stays for an hour."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A write that 1NCE took and that was not seen yet."""

    write: SimWrite
    at: float
    sweeps: int = 0


@dataclass(frozen=True, slots=True)
class Ledger:
    """One SIM's memory."""

    in_flight: bool = False
    not_before: float = 0.0
    """Sightings whose read began earlier say nothing: a write has happened since."""
    accepted: Accepted | None = None
    failure: Failure | None = None
    attempts: int = 0
    retry_at: float = 0.0
    expired_since: datetime | None = None
    expired_quota: str | None = None
    """The quota's expiry when 1NCE refused: when it moves, the SIM was extended."""
    corrections: Mapping[str, Correction] = field(default_factory=lambda: _NOTHING)


def sending(ledger: Ledger) -> Ledger:
    """A write is about to be sent."""
    return replace(ledger, in_flight=True)


def withdrawn(ledger: Ledger) -> Ledger:
    """It was not sent after all, or turned out not to be needed."""
    return replace(ledger, in_flight=False)


def accepted(ledger: Ledger, write: SimWrite, at: float, now: datetime) -> Ledger:
    """1NCE took the write; the answer came at `at`."""
    corrections = dict(ledger.corrections)
    for name in FIELDS:
        wanted = wish_of(write, name)
        if wanted is None:
            continue
        before = corrections.get(name)
        if before is not None and before.wanted == wanted:
            corrections[name] = replace(before, at=now, seen=False)
        else:
            corrections[name] = Correction(wanted, now)
    return replace(
        ledger,
        in_flight=False,
        not_before=at,
        accepted=Accepted(write, at),
        failure=None,
        attempts=0,
        retry_at=0.0,
        expired_since=None,
        expired_quota=None,
        corrections=MappingProxyType(corrections),
    )


def failed(
    ledger: Ledger,
    failure: Failure,
    *,
    at: float,
    retry_at: float,
    now: datetime,
    quota_expiry: str | None = None,
) -> Ledger:
    """The write failed at `at`, and may be tried again at `retry_at`."""
    ambiguous = failure.kind is FailureKind.AMBIGUOUS
    expired = failure.kind is FailureKind.EXPIRED
    return replace(
        ledger,
        in_flight=False,
        not_before=at if ambiguous else ledger.not_before,
        accepted=None,
        failure=failure,
        attempts=ledger.attempts + 1,
        retry_at=retry_at,
        expired_since=now if expired else ledger.expired_since,
        expired_quota=quota_expiry if expired else ledger.expired_quota,
    )


def postponed(ledger: Ledger, retry_at: float) -> Ledger:
    """1NCE asked to wait, or the account cannot write: no failure of this SIM."""
    return replace(ledger, in_flight=False, retry_at=retry_at)


def seen(ledger: Ledger, sim: ObservedSim, wanted: SimWrite, now: datetime) -> Ledger:
    """A sighting that counts came in; `wanted` is what the resource asks for at this moment."""
    result = ledger
    if ledger.accepted is not None and shows(sim, ledger.accepted.write):
        result = replace(result, accepted=None)
    if (ledger.failure is not None or ledger.retry_at) and shows(sim, wanted):
        result = replace(result, failure=None, attempts=0, retry_at=0.0)
    if ledger.corrections:
        result = replace(result, corrections=_followed(ledger.corrections, sim, wanted, now))
    return result


def swept(ledger: Ledger, began_at: float) -> Ledger:
    """A full sweep, begun at `began_at`, did not show an accepted write."""
    if ledger.accepted is None or began_at < ledger.accepted.at:
        return ledger
    return replace(ledger, accepted=replace(ledger.accepted, sweeps=ledger.accepted.sweeps + 1))


def retried(ledger: Ledger) -> Ledger:
    """A person asked again (a spec change, the reconcile annotation): no waiting time holds."""
    if ledger.failure is None and ledger.expired_since is None and not ledger.retry_at:
        return ledger
    return replace(
        ledger, failure=None, attempts=0, retry_at=0.0, expired_since=None, expired_quota=None
    )


def quota_read(ledger: Ledger, expiry: str | None) -> Ledger:
    """The SIM's quota was read: one that ends at another moment, after the refusal, was extended.

    `expiry` in RFC 3339.
    """
    if ledger.expired_since is None or expiry is None or expiry == ledger.expired_quota:
        return ledger
    if ledger.expired_quota is None or datetime.fromisoformat(expiry) <= ledger.expired_since:
        # It was not known when 1NCE refused, or says only now why: nobody extended anything.
        return replace(ledger, expired_quota=expiry)
    return retried(ledger)


def awaited(ledger: Ledger) -> SimWrite | None:
    """The write that 1NCE took, that was not seen yet, and that may still show."""
    taken = ledger.accepted
    return taken.write if taken is not None and taken.sweeps < UNSEEN_SWEEPS else None


def is_under_way(ledger: Ledger) -> bool:
    """Whether something was sent that may yet change what the SIM is seen to be."""
    return ledger.in_flight or awaited(ledger) is not None


def contradicted(ledger: Ledger, wanted: SimWrite) -> bool:
    """Whether an accepted write that was not seen yet says something else than is wanted now.

    1NCE may apply a change later than it answers: what looks right may still turn wrong.
    """
    taken = awaited(ledger)
    if taken is None:
        return False
    return any(
        (earlier := wish_of(taken, name)) is not None
        and (wish := wish_of(wanted, name)) is not None
        and earlier != wish
        for name in FIELDS
    )


def shows(sim: ObservedSim, write: SimWrite) -> bool:
    """Whether the SIM is as the write says."""
    return all(
        (wanted := wish_of(write, name)) is None or value_of(sim, name) == wanted for name in FIELDS
    )


def contested_until(ledger: Ledger, name: str, wanted: str) -> datetime | None:
    """Until when a field that somebody keeps changing back is left alone.

    None while it is not contested.
    """
    correction = ledger.corrections.get(name)
    if correction is None or correction.wanted != wanted or not correction.contested:
        return None
    return correction.at + CONTEST_WINDOW


def _followed(
    corrections: Mapping[str, Correction], sim: ObservedSim, wanted: SimWrite, now: datetime
) -> Mapping[str, Correction]:
    followed: dict[str, Correction] = {}
    for name, correction in corrections.items():
        if wish_of(wanted, name) != correction.wanted:
            continue
        value = value_of(sim, name)
        if value == correction.wanted:
            if not correction.seen:
                correction = replace(correction, seen=True)  # noqa: PLW2901
        elif value is not None and correction.seen:
            correction = _reverted(correction, now)  # noqa: PLW2901
        if not (correction.seen and now - correction.at > CONTEST_WINDOW):
            followed[name] = correction
    return MappingProxyType(followed)


def _reverted(correction: Correction, now: datetime) -> Correction:
    kept = tuple(at for at in correction.reverts if now - at < CONTEST_WINDOW)
    # It stays contested when the first reverts grow old: else each hour would have three again.
    contested = correction.contested or len(kept) + 1 >= CONTEST_REVERTS
    return replace(correction, seen=False, reverts=(*kept, now), contested=contested)
