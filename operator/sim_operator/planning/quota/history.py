"""What a SIM used, day by day.

Days are 1NCE's: whole UTC days. A gap stays a gap: a day not known is no day without use.
"""

from dataclasses import dataclass
from datetime import date

from sim_operator.domain.usage import Service


@dataclass(frozen=True, slots=True)
class DailyHistory:
    """The use of consecutive days, the oldest first, the last one being ``last``."""

    last: date | None
    """The last complete UTC day that is covered; None: nothing is known."""
    data: tuple[int | None, ...]
    """Bytes of each day; None: not known."""
    sms: tuple[int | None, ...]
    """Messages of each day; None: not known."""

    def of(self, service: Service) -> tuple[int | None, ...]:
        """The days of one service."""
        return self.data if service is Service.DATA else self.sms
