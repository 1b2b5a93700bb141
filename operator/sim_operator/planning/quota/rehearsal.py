"""What a policy would have done, day by day, over the daily figures that 1NCE kept.

Decided by `evaluate`, as the operator does, at the end of each UTC day, and always as in Enforce. A
day counts whole in the period in which it begins. A SIM that is off uses nothing on the days that
follow; what it used in fact is told as saved. Days hold no hours, so what is approximated is this:
a disable comes at the end of the day on which the limit was passed, and an account lets twenty-four
times its maxDisablesPerHour through in a day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sim_operator.api.choices import PolicyAction, PolicyMode, PolicyReason, Resume
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.days import midnight
from sim_operator.planning.quota.evaluation import Decision, Evaluation, Member, evaluate
from sim_operator.planning.quota.period import Period, period_at
from sim_operator.planning.quota.runs import Run, Subject
from sim_operator.planning.quota.terms import Limit, Terms

__all__ = ["Event", "Guard", "Happening", "PeriodSummary", "Rehearsal", "Subject", "rehearse"]

HOURS = 24
_DAY = timedelta(days=1)
_ALL_STEPS = 101
"""More than any warning step: nothing is left to warn of in the period."""


class Event(StrEnum):
    """What became of a SIM."""

    WARN = "Warn"
    DISABLE = "Disable"
    HOLD = "Hold"
    RELEASE = "Release"


class Guard(StrEnum):
    """What holds a disable back."""

    MAX_DISABLED = "maxDisabled"
    ACCOUNT = "maxDisablesPerHour"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that would have happened to one SIM; `used` and `value` in bytes or messages."""

    day: date
    """The UTC day at whose end it happens; of a release, the first day on which the SIM is on."""
    key: Key
    event: Event
    reason: PolicyReason
    limit: Limit | None
    """The limit that it is about; None for a release."""
    used: int | None
    """What was used of that limit: by the SIM, or by all where it is a pool."""
    value: int | None
    """What that limit grants."""
    step: int | None = None
    """The warning step; None where it is about more than a warning."""
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class PeriodSummary:
    """What one period would have come to; data in bytes, SMS in messages."""

    period: Period
    first: date
    last: date
    """The first and the last day of it that was replayed."""
    is_whole: bool
    """Whether all its days were."""
    warned: int
    disabled: int
    held: int
    most_off: int
    """SIMs that were off at the same time, at most."""
    used_data: int
    used_sms: int
    saved_data: int
    saved_sms: int
    days_off: Mapping[Key, int]
    idle_off: Mapping[Key, int]
    """Of `days_off`, those on which the SIM used nothing in fact."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The replay; happenings by day, and in one day releases first, then by name."""

    terms: Terms
    first: date
    last: date
    happenings: tuple[Happening, ...]
    periods: tuple[PeriodSummary, ...]
    unknown: tuple[Key, ...]
    """SIMs without any figure: nothing was decided about them."""


def rehearse(
    terms: Terms,
    subjects: Sequence[Subject],
    first: date,
    last: date,
    hourly: Mapping[Key, int],
) -> Rehearsal:
    """Replay `terms` from the UTC day `first` to `last`, both included.

    Args:
        terms: The policy; its mode does not matter.
        subjects: The SIMs that it selects, each once.
        first: The first day.
        last: The last day, which has to be complete.
        hourly: Disables that each account lets through in an hour; an account that is not in it
            has no such guard.

    Raises:
        ValueError: spec.maxDisabled is neither a number nor a percentage.
        InvalidTimeZoneError: the policy names no time zone.
    """
    replay = _Replay(replace(terms, mode=PolicyMode.ENFORCE), subjects, hourly)
    for number in range((last - first).days + 1):
        replay.day(first + number * _DAY)
    replay.close()
    return Rehearsal(
        terms=terms,
        first=first,
        last=last,
        happenings=tuple(replay.happenings),
        periods=tuple(replay.periods),
        unknown=tuple(sorted(one.key for one in subjects if not one.is_known)),
    )


class _Replay:
    """The state between two days."""

    def __init__(
        self, terms: Terms, subjects: Sequence[Subject], hourly: Mapping[Key, int]
    ) -> None:
        self._terms = terms
        self._hourly = hourly
        self._runs = {one.key: Run(one) for one in sorted(subjects, key=lambda one: one.key)}
        self._period: Period | None = None
        self._first = self._last = date.min
        self._most_off = 0
        self.happenings: list[Happening] = []
        self.periods: list[PeriodSummary] = []

    def day(self, day: date) -> None:
        """One more day: its use, then what is decided at its end."""
        period = period_at(self._terms.track, midnight(day.toordinal()))
        if self._period is None or period.name != self._period.name:
            self._turn(period, day)
        self._last = day
        for run in self._runs.values():
            run.use(day)
        self._most_off = max(self._most_off, sum(run.off for run in self._runs.values()))
        self._decide(period, day)

    def close(self) -> None:
        """The period, or what was replayed of it, is over."""
        period = self._period
        if period is None:
            return
        runs = self._runs
        starts = midnight(self._first.toordinal()) - period.start < _DAY
        ends = period.end is not None and period.end <= midnight(self._last.toordinal() + 1)
        self.periods.append(
            PeriodSummary(
                period=period,
                first=self._first,
                last=self._last,
                is_whole=starts and ends,
                warned=sum(run.was_warned for run in runs.values()),
                disabled=sum(run.was_disabled for run in runs.values()),
                held=sum(run.was_held for run in runs.values()),
                most_off=self._most_off,
                used_data=sum(run.data or 0 for run in runs.values()),
                used_sms=sum(run.sms or 0 for run in runs.values()),
                saved_data=sum(run.saved_data for run in runs.values()),
                saved_sms=sum(run.saved_sms for run in runs.values()),
                days_off={key: run.days_off for key, run in runs.items() if run.days_off},
                idle_off={key: run.idle_off for key, run in runs.items() if run.idle_off},
            )
        )

    def _turn(self, period: Period, day: date) -> None:
        """A period begins: counting anew and, unless the policy never resumes, all on again."""
        self.close()
        releases = self._period is not None and self._terms.resumes is Resume.NEXT_PERIOD
        self._period, self._first, self._most_off = period, day, 0
        for key, run in self._runs.items():
            if run.off and releases:
                reason = PolicyReason.WITHIN_LIMIT
                self.happenings.append(Happening(day, key, Event.RELEASE, reason, None, None, None))
            run.begin(releases=releases)

    def _decide(self, period: Period, day: date) -> None:
        since = max(period.start, midnight(self._first.toordinal()))
        as_of = midnight(day.toordinal() + 1)
        members = [
            Member(
                key=key,
                usage=Usage(period, since, run.data, run.sms, as_of),
                standing=run.subject.standing,
                held=run.off,
                last=PolicyAction.DISABLE if run.waits else run.last,
            )
            for key, run in self._runs.items()
        ]
        found = evaluate(self._terms, members)
        left = {account: HOURS * places for account, places in self._hourly.items()}
        for key, run in self._runs.items():
            decision = found.decisions[key]
            if not run.off and decision.reason is not PolicyReason.USAGE_UNKNOWN:
                self._apply(run, decision, found, day, left)
        self._most_off = max(self._most_off, sum(run.off for run in self._runs.values()))

    def _apply(
        self, run: Run, decision: Decision, found: Evaluation, day: date, left: dict[Key, int]
    ) -> None:
        match decision.action:
            case PolicyAction.DISABLE:
                self._disable(run, decision, found, day, left)
            case PolicyAction.HOLD:
                self._hold(run, decision, found, day, Guard.MAX_DISABLED)
            case PolicyAction.WARN:
                step = decision.step or _ALL_STEPS
                run.waits, run.last = False, decision.action
                if step > run.step:
                    run.step, run.was_warned = step, True
                    self._tell(run, Event.WARN, decision, found, day)
            case PolicyAction.NONE:
                run.waits, run.last = False, decision.action

    def _disable(
        self, run: Run, decision: Decision, found: Evaluation, day: date, left: dict[Key, int]
    ) -> None:
        account = run.subject.account
        if account is not None and account in left:
            if left[account] <= 0:
                run.waits = True
                self._hold(run, decision, found, day, Guard.ACCOUNT)
                return
            left[account] -= 1
        run.off, run.waits, run.was_disabled = True, False, True
        self._tell(run, Event.DISABLE, decision, found, day)

    def _hold(
        self, run: Run, decision: Decision, found: Evaluation, day: date, guard: Guard
    ) -> None:
        run.last, run.was_held = PolicyAction.HOLD, True
        if run.guard != guard:
            run.guard = guard
            self._tell(run, Event.HOLD, decision, found, day, guard)

    def _tell(
        self,
        run: Run,
        event: Event,
        decision: Decision,
        found: Evaluation,
        day: date,
        guard: Guard | None = None,
    ) -> None:
        limit = decision.limit
        used: int | None = None
        if limit is not None and limit.pooled:
            used = found.pool_data if limit.service is Service.DATA else found.pool_sms
        elif limit is not None:
            used = run.data if limit.service is Service.DATA else run.sms
        value = self._terms.value(limit) if limit is not None else None
        self.happenings.append(
            Happening(
                day=day,
                key=run.subject.key,
                event=event,
                reason=decision.reason,
                limit=limit,
                used=used,
                value=value,
                step=decision.step,
                guard=guard,
            )
        )
