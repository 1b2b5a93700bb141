"""What policies would have done over the days that 1NCE, or the history, still knows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage
from sim_operator.planning.quota.evaluation import Standing
from sim_operator.planning.quota.rehearsal import Rehearsal, Subject, rehearse
from sim_operator.settings import Settings
from sim_operator.trial.complaints import BadInputError
from sim_operator.trial.documents import Document
from sim_operator.trial.plan import hourly_limit
from sim_operator.trial.preparing import prepared
from sim_operator.trial.reading import read_days
from sim_operator.trial.recorded import recorded_days
from sim_operator.trial.world import World

Announce = Callable[[int], Callable[[], None]]

MOST_MONTHS = 6
"""As long as 1NCE keeps daily figures."""
MOST_RECORDED_MONTHS = 60
"""As long as the history keeps them, unless it is told otherwise."""
_AS_IF = (Standing.OBSERVING, Standing.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Recorded:
    """That the history is asked in place of 1NCE."""

    url: str | None = field(repr=False)
    """Of its database; None where none is set."""


@dataclass(frozen=True, slots=True)
class RehearsalOutcome:
    """What one policy would have done."""

    namespace: str
    as_of: datetime
    rehearsal: Rehearsal
    notes: tuple[str, ...]


async def rehearsals(
    documents: Sequence[Document],
    settings: Settings,
    announce: Announce,
    *,
    months: int,
    most_sims: int | None,
    recorded: Recorded | None = None,
) -> list[RehearsalOutcome]:
    """The replay of each policy; at most `most_sims` of each are read, the first by name.

    `recorded`: read daily use from this history, and not at 1NCE.

    Raises:
        BadInputError, UnreachableError, NoClusterError, ClockUnavailableError: see `prepared`.
    """
    outcomes = []
    _check(months, recorded)
    async with prepared(documents, settings, enforced=True) as namespaces:
        chosen = {
            (number, policy): sorted(one.world.matching.selected(policy))[:most_sims]
            for number, one in enumerate(namespaces)
            for policy in one.policies
        }
        done = announce(sum(map(len, chosen.values())))
        for (number, policy), sims in chosen.items():
            one = namespaces[number]
            now = one.world.clock.now()
            most = MOST_MONTHS if recorded is None else MOST_RECORDED_MONTHS
            first, last = span(now.astimezone(UTC).date(), months, most)
            notes = list(one.notes)
            if recorded is None:
                days = await read_days(one.world, sims, first, last, done)
            else:
                days, gaps = await recorded_days(recorded.url, one.world, sims, first, last)
                notes += gaps
            left_out = len(one.world.matching.selected(policy)) - len(sims)
            if left_out:
                notes.append(f"{left_out} SIMs were left out (--max-sims), also of the pools.")
            found = _rehearsed(one.world, policy, sims, days, first, last)
            outcomes.append(RehearsalOutcome(policy.namespace, now, found, tuple(notes)))
    return outcomes


def _check(months: int, recorded: Recorded | None) -> None:
    if recorded is None and months > MOST_MONTHS:
        raise BadInputError(
            f"--months: 1NCE knows {MOST_MONTHS} months; with --from-history there may be more."
        )


def span(today: date, months: int, most: int = MOST_MONTHS) -> tuple[date, date]:
    """The first and the last complete UTC day that are replayed.

    From the first of the month so many months ago, so that a month is whole where all of it is
    still known, to yesterday; `most` months are known.
    """
    oldest = _months_before(today, most) + timedelta(days=1)
    first = _months_before(today, months).replace(day=1)
    return max(first, oldest), today - timedelta(days=1)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    for last in range(day.day, 27, -1):
        try:
            return date(count // 12, count % 12 + 1, last)
        except ValueError:
            continue  # a shorter month
    return date(count // 12, count % 12 + 1, min(day.day, 28))


def _rehearsed(
    world: World,
    policy: Key,
    sims: Sequence[Key],
    days: Mapping[Key, Mapping[date, DayUsage]],
    first: date,
    last: date,
) -> Rehearsal:
    standings = {one.key: one.standing for one in world.members(policy)}
    subjects = [
        Subject(sim, world.account(sim), days.get(sim, {}), _as_if_active(standings[sim]))
        for sim in sims
    ]
    accounts = {one.account for one in subjects if one.account is not None}
    hourly = {account: hourly_limit(world, account) for account in sorted(accounts)}
    return rehearse(world.terms(policy), subjects, first, last, hourly)


def _as_if_active(standing: Standing) -> Standing:
    return Standing.ENFORCED if standing in _AS_IF else standing
