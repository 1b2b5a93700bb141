"""What one account's loop reads for the history, what it hands over, and what it shows of it.

Nothing is decided by the history and nothing waits for it. Where there is none, nothing is asked
for its sake: not one call more is made. Where there is one, the month that it has read anyway is
shown of the SIMs that no policy counts.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Protocol

from sim_operator.clock.wall import WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.usage import StreamedUse, UsageReading
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.roster import Roster
from sim_operator.planning import chronicle
from sim_operator.planning.quota import uncounted
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.period import period_at
from sim_operator.recording.parts import Part, fits, packed_part
from sim_operator.recording.readings import Reading, Whose, packed
from sim_operator.status.sim_policy import shown_usage


class Recording(Protocol):
    """Where readings go to, as the loops see it."""

    @property
    def is_on(self) -> bool:
        """Whether there is a history at all."""
        ...

    def asks(self, account: Key, iccid: Iccid) -> bool:
        """Whether a SIM is to be read: it is known what is missing, and there is room for it."""
        ...

    def missing(self, account: Key, iccid: Iccid) -> date | None:
        """The first day of a SIM that the history lacks; None where it lacks none."""
        ...

    def record(self, account: Key, reading: Reading) -> None:
        """Take a reading; never waits."""
        ...

    def record_parts(self, account: Key, parts: Iterable[Part]) -> None:
        """Take records of the Data Streamer; never waits."""
        ...


class NoRecording:
    """There is no history."""

    is_on = False

    def asks(self, account: Key, iccid: Iccid) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def missing(self, account: Key, iccid: Iccid) -> date | None:  # noqa: ARG002
        """Nothing is."""
        return None

    def record(self, account: Key, reading: Reading) -> None:
        """Nobody wants it."""

    def record_parts(self, account: Key, parts: Iterable[Part]) -> None:
        """Nobody wants them."""


class AccountHistory:
    """The history of one account's SIMs."""

    def __init__(
        self,
        account: Key,
        state: AccountState,
        recording: Recording,
        roster: Roster,
        in_force: Callable[[Key], str | None],
        clock: WallClock,
        *,
        interval: Callable[[], float],
        changed: Callable[[Iccid], None],
    ) -> None:
        """`in_force` names the policy that a SIM resource is under.

        `interval`: the effective seconds from one reading of a SIM to the next. `changed` is told
        of each SIM of which something else is to be shown.
        """
        self._account = account
        self._state = state
        self._recording = recording
        self._roster = roster
        self._in_force = in_force
        self._clock = clock
        self.interval = interval
        self._changed = changed

    def first(self, iccid: Iccid) -> date | None:
        """The first day to be read of a SIM; None: nothing is to be read for the history now."""
        if not self._recording.asks(self._account, iccid):
            return None
        wanted, month = self._wanted(iccid), uncounted.first_of_month(self._today())
        if wanted <= month:
            return wanted
        sim = self._roster.holder(iccid)
        return month if sim is not None and self._in_force(sim) is None else wanted

    def _wanted(self, iccid: Iccid) -> date:
        """The first day that the history itself has a use for."""
        missing = self._recording.missing(self._account, iccid)
        return chronicle.first_day(missing, self._today())

    def lacks(self, iccid: Iccid) -> bool:
        """Whether the history is known to lack days that are not read anyway."""
        missing = self._recording.missing(self._account, iccid)
        return missing is not None and chronicle.reaches_back(missing, self._today())

    def read(self, iccid: Iccid, reading: UsageReading) -> None:
        """The use of a SIM was read, for whomever."""
        if not self._recording.is_on:
            return
        sim = self._roster.holder(iccid)
        record = self._roster.record(sim) if sim is not None else None
        if sim is None or record is None:
            return  # it lost its resource meanwhile, and nobody's use is kept
        oldest, _ = chronicle.reach(reading.at.astimezone(UTC).date())
        policy = self._in_force(sim)
        if policy is None:
            self._show(iccid, record, reading)
            # The month was read to be shown: days that are final are not delivered again.
            oldest = max(oldest, self._wanted(iccid))
        whose = Whose(sim, record.meta.labels, policy)
        self._recording.record(self._account, packed(iccid, whose, reading.since(oldest)))

    def _show(self, iccid: Iccid, record: SimRecord, reading: UsageReading) -> None:
        before = self._state.used.get(iccid)
        # After a start goes on from what the status tells, so that no figure falls by it.
        told = before or shown_usage(record.status, period_at(uncounted.MONTH, reading.at))
        now = uncounted.used(reading, told)
        if now is None:
            return
        self._state.used[iccid] = now
        if before is None or (before.period, before.data, before.sms) != (
            now.period,
            now.data,
            now.sms,
        ):
            self._changed(iccid)

    def used(self, sim: Key, iccid: Iccid) -> Usage | None:
        """What is known of a SIM's use in a month; None while a policy counts it, or unread."""
        if iccid not in self._state.used:
            return None
        if self._in_force(sim) is not None:
            # Older than what the policy will have counted when it goes.
            del self._state.used[iccid]
            return None
        return self._state.used[iccid]

    def _today(self) -> date:
        return self._clock.now().astimezone(UTC).date()


def hand_over(
    recording: Recording,
    account: Key,
    uses: Iterable[tuple[Iccid, StreamedUse]],
    sim_of: Callable[[Iccid], Key | None],
    now: datetime,
) -> None:
    """What a stream told goes to the history, also where no policy asks for it, or knew it.

    `sim_of` gives the resource that claims a SIM of this account. Others' use is not kept.
    """
    if not recording.is_on:
        return
    held = ((iccid, sim_of(iccid), use) for iccid, use in uses if fits(use, now))
    parts = [packed_part(iccid, sim.namespace, use) for iccid, sim, use in held if sim is not None]
    if parts:
        recording.record_parts(account, parts)


def history_interval(
    account: AccountRecord, claimed: int, recording: Recording, clock: WallClock
) -> float:
    """The effective seconds in which every SIM is read for the history; 0: none is."""
    if not recording.is_on or claimed == 0:
        return 0.0
    rate = account.spec.rate_limit.requests_per_second
    return chronicle.interval(claimed, rate, clock.speed)
