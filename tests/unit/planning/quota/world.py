"""A SIM whose true use is known, and a 1NCE that tells of it late, partly, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import (
    DayUsage,
    LeftReading,
    Service,
    StreamedUse,
    UsageReading,
    Visit,
)
from sim_operator.planning.quota import counting
from sim_operator.planning.quota.counting import Book
from sim_operator.planning.quota.period import Track

START = datetime(2026, 10, 25, 9, 30, tzinfo=UTC)
ACTIVATED = datetime(2026, 10, 16, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONTHLY = Track(PeriodKind.MONTHLY, "Etc/UTC")
DAILY = Track(PeriodKind.DAILY, "Etc/UTC")
LIFETIME = Track(PeriodKind.LIFETIME, "Etc/UTC")
BERLIN = Track(PeriodKind.DAILY, "Europe/Berlin")
TRACKS = (MONTHLY, DAILY, LIFETIME, BERLIN)
SHOWN, OTHER = MONTHLY, LIFETIME
CARRIED = (SHOWN, OTHER)


@dataclass
class World:
    """The truth about one service of one SIM, and the book that is kept of it."""

    service: Service = Service.DATA
    now: datetime = START
    used: list[tuple[datetime, int]] = field(default_factory=list)
    topped_up: int = 1000
    last_added: int = 1000
    open_since: datetime | None = None
    open_session: datetime = START
    open_volume: int = 0
    number: int = 0
    pending: list[StreamedUse] = field(default_factory=list)
    sent: list[StreamedUse] = field(default_factory=list)
    book: Book = field(default_factory=lambda: counting.opened(START, ACTIVATED))
    bases: list[Mapping[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = counting.wanting(self.book, TRACKS, self.now)

    def truth(self, since: datetime, until: datetime | None = None) -> int:
        """What was used from `since` on."""
        return sum(
            amount for at, amount in self.used if at >= since and (until is None or at < until)
        )

    def pass_time(self, minutes: int) -> None:
        self.now += minutes * MINUTE
        self.book = counting.wanting(self.book, TRACKS, self.now)

    def use(self, amount: int) -> None:
        """Use, in the record that goes on or a new one."""
        if self.open_since is None:
            self.open_since = self.open_session = self.now
        self.used.append((self.now, amount))
        self.open_volume += amount

    def cut(self, *, session_goes_on: bool, tells_session_start: bool) -> None:
        """The end of a record; it waits to be sent."""
        if self.open_since is None:
            return
        self.number += 1
        start = self.open_session if tells_session_start else self.open_since
        self.pending.append(
            StreamedUse(self.number, self.service, start, self.now, self.open_volume)
        )
        self.open_since = self.now if session_goes_on else None
        self.open_volume = 0

    def top_up(self, volume: int) -> None:
        self.topped_up += volume
        self.last_added = volume

    def send(self, which: int, *, keep: bool) -> None:
        """One of the waiting records arrives, in any order, and perhaps once more later."""
        if not self.pending:
            return
        at = which % len(self.pending)
        record = self.pending[at] if keep else self.pending.pop(at)
        self.sent.append(record)
        self.book, _ = counting.streamed(self.book, record)

    def lose(self, which: int) -> None:
        if self.pending:
            self.pending.pop(which % len(self.pending))

    def send_again(self, which: int) -> None:
        if self.sent:
            self.book, _ = counting.streamed(self.book, self.sent[which % len(self.sent)])

    def visit(self, *, lag: int | None, meter: str | None, days: int = 300) -> None:
        """`lag`: minutes that the day figures are late; None: no answer. `meter`: what it tells."""
        usage = None
        if lag is not None:
            usage = self._days(self.now - lag * MINUTE, days)
        left = None if meter is None else self._left(meter)
        visit = Visit(
            self.now,
            usage,
            left if self.service is Service.DATA else None,
            left if self.service is Service.SMS else None,
        )
        self.book = counting.visited(self.book, visit)

    def restart(self, which: int | None = None) -> None:
        """A new process takes over, with the last base that was written, or an older one."""
        if which is None:
            self.write()
        if not self.bases:
            return
        base = self.bases[-1 if which is None else which % len(self.bases)]
        self.book = counting.restored(base, self.now, ACTIVATED)
        self.book = counting.wanting(self.book, TRACKS, self.now)

    def write(self) -> None:
        self.bases.append(counting.base(self.book, SHOWN, OTHER))

    def _left(self, meter: str) -> LeftReading:
        left = self.topped_up - self.truth(datetime.min.replace(tzinfo=UTC))
        if meter == "bought":
            return LeftReading(self.now, left, self.topped_up)
        if meter == "added":
            return LeftReading(self.now, left, last_added=self.last_added)
        return LeftReading(self.now, left)

    def _days(self, told: datetime, count: int) -> UsageReading:
        sums: dict[datetime, int] = {}
        for at, amount in self.used:
            if at <= told:
                midnight = at.replace(hour=0, minute=0)
                sums[midnight] = sums.get(midnight, 0) + amount
        first = max(ACTIVATED, self.now - timedelta(days=count)).date()
        days = {
            day.date(): DayUsage(
                amount if self.service is Service.DATA else None,
                amount if self.service is Service.SMS else None,
            )
            for day, amount in sums.items()
            if day.date() >= first
        }
        return UsageReading(self.now, first, self.now.date(), days)
