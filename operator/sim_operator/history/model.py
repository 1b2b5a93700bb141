"""What goes into the history and what comes out of it; data in bytes, SMS in messages.

Days are 1NCE's own, in UTC. Times carry a zone and count in whole seconds: two readings of one SIM
are minutes apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

LATE = timedelta(days=3)
"""For so long after its end 1NCE may still book into a day."""
DAY = timedelta(days=1)
_ICCID = re.compile(r"[0-9]{19}")
_LONGEST = timedelta(days=400)
"""More than 1NCE ever tells at once."""
_LARGEST = 2**53 - 1
"""Bytes of a day: so that the sum of any fleet fits into 64 bits."""


Use = tuple[int | None, int | None]
"""Data and SMS of a day; None where 1NCE did not say."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One answer of 1NCE's daily usage, and whose the SIM was when it was asked for."""

    iccid: str
    """19 digits."""
    namespace: str
    name: str
    labels: Mapping[str, str]
    policy: str | None
    """The policy in force, by name."""
    read_at: datetime
    first: date
    last: date
    """A day between `first` and `last` that `days` lacks had no use."""
    days: Mapping[date, Use]

    def __post_init__(self) -> None:
        """Refuse what no ledger could hold.

        Raises:
            ValueError: the message says what is wrong.
        """
        if not (_ICCID.fullmatch(self.iccid)):
            raise ValueError(f"{self.iccid!r} is not an ICCID of 19 digits")
        if self.read_at.tzinfo is None:
            raise ValueError("the time of a reading has no zone")
        if not timedelta(0) <= self.last - self.first <= _LONGEST:
            raise ValueError(
                f"{self.first} to {self.last} is no range of at most {_LONGEST.days} days"
            )
        for day, figures in self.days.items():
            if not self.first <= day <= self.last:
                raise ValueError(f"{day} lies outside of {self.first} to {self.last}")
            if any(figure is not None and not 0 <= figure <= _LARGEST for figure in figures):
                raise ValueError(f"the use of {day} is not a number from 0 to {_LARGEST}")


@dataclass(frozen=True, slots=True)
class DayRow:
    """What is known of one SIM and day."""

    day: date
    data: int | None
    sms: int | None
    read_at: datetime
    final: bool
    """Whether it was read so late that 1NCE books no more into it."""


class Dimension(StrEnum):
    """What usage is added up by."""

    NAMESPACE = "namespace"
    POLICY = "policy"
    ACCOUNT = "account"
    SIM = "sim"
    LABEL = "label"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class By:
    """A dimension; of labels also which one."""

    dimension: Dimension
    label: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """`namespace`, `policy`, `account`, `sim`, `day`, `month`, or `label=KEY`.

        Raises:
            ValueError: it is none of them; the message says which there are.
        """
        word, equals, label = text.partition("=")
        if word == Dimension.LABEL and label:
            return cls(Dimension.LABEL, label)
        if equals or word == Dimension.LABEL or word not in set(Dimension):
            others = ", ".join(one for one in Dimension if one != Dimension.LABEL)
            raise ValueError(f"{text!r} is none of: {others}, label=KEY")
        return cls(Dimension(word))


@dataclass(frozen=True, slots=True)
class UsageRow:
    """The use of one group, and how much of it is not known."""

    group: str
    """The value of the dimension: for SIMs the ICCID, for days and months `2026-11-23` and
    `2026-11`; empty for SIMs without such a label or policy."""
    data: int
    sms: int
    sims: int
    known_days: int
    """Days of SIMs that are in `data` and `sms`."""
    missing_days: int
    """Days of SIMs that belong here and were not read, or of which 1NCE did not say the use."""
    namespace: str | None = None
    """Of a SIM: whose it was last in that time."""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One usage record of the Data Streamer; counted in no sum of days."""

    iccid: str
    id: int
    """1NCE's number of the record: one that comes again is the same."""
    service: str
    """`data` or `sms`."""
    start: datetime
    end: datetime
    volume: int
    namespace: str
    """That held the SIM when the record came."""


@dataclass(frozen=True, slots=True)
class Hour:
    """What records tell of a SIM and an hour."""

    start: datetime
    data: int
    sms: int


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to an object: an event of Kubernetes, or a change of its spec."""

    at: datetime
    kind: str
    namespace: str
    name: str
    uid: str
    type: str
    """`Normal`, `Warning`, or what the teller calls it."""
    reason: str
    message: str
    actor: str | None = None
    """Who did it, where that is known."""
    count: int = 1
    """How often; the one field that a repetition may raise."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose use may be seen. A day belongs to the namespace that held the SIM on it."""

    namespaces: frozenset[str] | None = None
    """None: all."""

    def holds(self, namespace: str) -> bool:
        """Whether the namespace may be seen."""
        return self.namespaces is None or namespace in self.namespaces


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is kept. Days go by whole months: no sum is about a part of its month."""

    parts: timedelta = timedelta(days=90)
    days: timedelta = timedelta(days=5 * 366)
    happenings: timedelta = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went."""

    parts: int
    days: int
    happenings: int


@dataclass(frozen=True, slots=True)
class Health:
    """How the database does."""

    kind: str
    """`sqlite`, `postgresql` or `timescaledb`."""
    schema: str
    """The revision of its tables."""
    size: int
    """Bytes on disk; SQLite: with what its log holds."""
    sims: int
    last_reading: datetime | None
    """When the newest reading in it was made."""
    oldest_day: date | None
