"""The SIMs of one customer: found by ICCID, paged, searched and sorted."""

from collections.abc import Iterator, Sequence

from .identity import Identity, iccid_of, place_of
from .state import SimState, Status, first_status, pristine

SORTABLE = ("imei", "ip_address")


class Fleet:
    """SIMs in the order of their ICCIDs; only touched ones are stored."""

    def __init__(
        self, customer: str, number: int, seed_key: int, count: int, oddities: bool
    ) -> None:
        """A fleet of ``count`` SIMs; ``number`` tells the customers' ICCIDs apart."""
        self.customer = customer
        self.number = number
        self.count = count
        self.oddities = oddities
        self._seed_key = seed_key
        self._touched: dict[int, SimState] = {}
        self._departed: dict[int, int] = {}
        self._present: Sequence[int] | None = None
        self._sorted: dict[str, Sequence[int]] = {}

    @property
    def organisation(self) -> int:
        """The customer number that 1NCE shows."""
        return 2_000_000_001 + self.number

    def __len__(self) -> int:
        """How many SIMs the customer has now."""
        return self.count - len(self._departed)

    def indices(self) -> Sequence[int]:
        """The places of all present SIMs, in order."""
        if not self._departed:
            return range(self.count)
        if self._present is None:
            self._present = [i for i in range(self.count) if i not in self._departed]
        return self._present

    def index_of(self, iccid: str) -> int | None:
        """The place of an ICCID, present or departed; None: never was in this fleet."""
        place = place_of(self._seed_key, iccid)
        if place is None or place[0] != self.number or place[1] >= self.count:
            return None
        return place[1]

    def departed(self, index: int) -> int | None:
        """The HTTP status that a SIM which left answers with; None: it is here."""
        return self._departed.get(index)

    def iccid(self, index: int) -> str:
        """The ICCID of a place."""
        return iccid_of(self._seed_key, self.number, index)

    def peek(self, index: int) -> SimState:
        """A SIM to read; a change of it may be lost."""
        touched = self._touched.get(index)
        return pristine(self._identity(index)) if touched is None else touched

    def touch(self, index: int) -> SimState:
        """A SIM to change."""
        state = self._touched.setdefault(index, self.peek(index))
        self._sorted.clear()
        return state

    def status(self, index: int) -> Status:
        """The status of a SIM, without computing the rest of it."""
        touched = self._touched.get(index)
        if touched is not None:
            return touched.status
        return first_status(index % 20 if self.oddities else None)

    def touched(self) -> Iterator[SimState]:
        """The SIMs that are not as their seed says."""
        yield from self._touched.values()

    def add(self, count: int) -> None:
        """SIMs arrive, behind the present ones."""
        self.count += count
        self._forget_orders()

    def depart(self, index: int, answer: int) -> None:
        """A SIM leaves (transferred to somebody else)."""
        self._departed[index] = answer
        self._forget_orders()

    def come_back(self, index: int) -> None:
        """A SIM that left is here again, as it was."""
        self._departed.pop(index, None)
        self._forget_orders()

    def ordered(self, sort: str) -> Sequence[int]:
        """Present places by a comma-separated list of fields; ``-`` turns one round.

        Raises:
            ValueError: A field cannot be sorted by.
        """
        fields = [field for field in sort.split(",") if field]
        for field in fields:
            if field.removeprefix("-") not in SORTABLE:
                raise ValueError(f"Cannot sort by {field}")
        if not fields:
            return self.indices()
        if sort not in self._sorted:
            places = list(self.indices())
            for field in reversed(fields):
                key = self._imei if field.endswith("imei") else self._address
                places.sort(key=key, reverse=field.startswith("-"))
            self._sorted[sort] = places
        return self._sorted[sort]

    def matching(self, filters: dict[str, str], places: Sequence[int]) -> Sequence[int]:
        """Of the places, those whose fields equal all filters."""
        for field, value in filters.items():
            read = self._imei if field == "imei" else self._address_text
            places = [index for index in places if read(index) == value]
        return places

    def _imei(self, index: int) -> str:
        return self.peek(index).imei or ""

    def _address_text(self, index: int) -> str:
        return self.peek(index).ip_address

    def _address(self, index: int) -> tuple[int, ...]:
        return tuple(int(part) for part in self._address_text(index).split("."))

    def _identity(self, index: int) -> Identity:
        return Identity(index, self.number, self._seed_key, self.oddities)

    def _forget_orders(self) -> None:
        self._present = None
        self._sorted.clear()
