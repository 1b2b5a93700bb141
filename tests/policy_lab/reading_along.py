"""A history that wants every SIM to be read, and keeps nothing."""

from collections.abc import Iterable
from datetime import date

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.recording.parts import Part
from sim_operator.recording.readings import Reading


class ReadingAlong:
    """It lacks no day, so each reading is of the days that may change, or of the month."""

    is_on = True

    def asks(self, account: Key, iccid: Iccid) -> bool:
        """Always."""
        return True

    def missing(self, account: Key, iccid: Iccid) -> date | None:
        """Nothing is."""
        return None

    def record(self, account: Key, reading: Reading) -> None:
        """It is kept elsewhere."""

    def record_parts(self, account: Key, parts: Iterable[Part]) -> None:
        """They are kept elsewhere."""
