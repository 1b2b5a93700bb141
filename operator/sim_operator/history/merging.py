"""What becomes of a day when another reading tells of it: pure, and blind to the order of readings.

The figures are those of the newest reading, for 1NCE books late. The holder is the one that the
oldest reading told: a day belongs to whoever held the SIM when it was first read, and a SIM that
moves takes no old days along.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sim_operator.history.model import DAY, LATE


@dataclass(frozen=True, slots=True)
class DayState:
    """A row of the ledger, without its key."""

    data: int | None
    sms: int | None
    read_at: datetime
    final: bool
    membership: int
    held_at: datetime
    """When the reading was made that told the membership."""

    @property
    def known(self) -> bool:
        """Whether both figures are."""
        return self.data is not None and self.sms is not None


def told(
    day: date, figures: tuple[int | None, int | None], read_at: datetime, membership: int
) -> DayState:
    """A day as one reading tells it."""
    data, sms = figures
    return DayState(data, sms, read_at, is_final(day, read_at), membership, read_at)


def merged(before: DayState | None, new: DayState) -> DayState:
    """What is known of a day after one more reading."""
    if before is None:
        return new
    figures = new if new.read_at > before.read_at else before
    holder = new if new.held_at < before.held_at else before
    if figures is holder:
        return figures
    return DayState(
        figures.data,
        figures.sms,
        figures.read_at,
        figures.final,
        holder.membership,
        holder.held_at,
    )


def is_final(day: date, read_at: datetime) -> bool:
    """Whether 1NCE had booked everything into a day when it was read."""
    return read_at >= _end(day) + LATE


def wanted_again(day: date, read_at: datetime, now: datetime) -> bool:
    """Whether a day that was read should be read once more."""
    return not is_final(day, read_at) and now - read_at >= DAY


def _end(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + DAY
