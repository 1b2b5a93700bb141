"""What the address of the list of SIMs asks for: filter, order, columns, part.

The address is all there is: it can be kept, sent on and gone back to, with and without JavaScript.
What is not understood is told, and the rest holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from sim_operator.console.fleet import Column, Order, SelectorError, SimFilter, parsed
from sim_operator.console.fleet.query import LONGEST_TEXT
from sim_operator.console.pages import columns

SIZES: Final = (50, 100, 250, 500)
NO_POLICY: Final = "(none)"
"""In place of a policy's name; no resource can be called that."""
_LONGEST: Final = 600
_MOST_PAGE: Final = 1_000_000
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Asked:
    """One list, as its address asks for it."""

    texts: Mapping[str, str]
    """The fields of the form as they were typed."""
    wanted: SimFilter
    order: Order
    shown: tuple[columns.Shown, ...]
    page: int
    size: int
    faults: tuple[str, ...]
    """What could not be understood, each with what is expected."""

    def address(self, **changes: str | int) -> str:
        """The address of the same list with something changed; `""` leaves a field out."""
        texts: dict[str, str | int] = {
            **self.texts,
            "sort": self.order.column.value,
            "down": "1" if self.order.descending else "",
            "size": self.size,
            **({} if "page" in changes else {"page": ""}),
            **changes,
        }
        pairs: list[tuple[str, str | int]] = [(key, value) for key, value in texts.items() if value]
        if self.names != columns.FIRST:
            pairs += [("col", one.value) for one in self.names]
        return f"/sims?{urlencode(pairs)}"

    @property
    def names(self) -> tuple[Column, ...]:
        """The columns that are shown."""
        return tuple(one.column for one in self.shown)

    def sorting(self, column: Column) -> str:
        """Where the head of a column leads: up first, then down."""
        down = self.order.column == column and not self.order.descending
        return self.address(sort=column.value, down="1" if down else "")

    def sorted_as(self, column: Column) -> str | None:
        """`ascending` or `descending`, for the column that the list is sorted by."""
        if self.order.column != column:
            return None
        return "descending" if self.order.descending else "ascending"


FIELDS: Final = (
    "q",
    "namespace",
    "state",
    "session",
    "ready",
    "reason",
    "policy",
    "account",
    "labels",
)


def read(parameters: QueryParams) -> Asked:
    """What is asked for."""
    texts = {name: parameters.get(name, "")[:_LONGEST].strip() for name in FIELDS}
    faults = []
    selector = None
    try:
        selector = parsed(texts["labels"]) if texts["labels"] else None
    except SelectorError as error:
        faults.append(f"Labels: {error}.")
    given = {name: text or None for name, text in texts.items()}
    wanted = SimFilter(
        namespace=given["namespace"],
        selector=selector,
        policy="" if texts["policy"] == NO_POLICY else given["policy"],
        account=given["account"],
        state=given["state"],
        session=given["session"],
        ready=given["ready"],
        reason=given["reason"],
        text=texts["q"][:LONGEST_TEXT] or None,
    )
    return Asked(
        texts=texts,
        wanted=wanted,
        order=_order(parameters, faults),
        shown=columns.chosen(parameters.getlist("col")),
        page=_number(parameters.get("page", ""), 1, _MOST_PAGE),
        size=_size(parameters.get("size", "")),
        faults=tuple(faults),
    )


def _order(parameters: QueryParams, faults: list[str]) -> Order:
    name = parameters.get("sort", "")
    try:
        column = Column(name) if name else Column.NAME
    except ValueError:
        faults.append("Sorted by name: there is no such column as the address asks for.")
        column = Column.NAME
    return Order(column, parameters.get("down", "") == "1")


def _number(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit():
        return least
    return min(max(int(text[:_DIGITS]), least), most)


def _size(text: str) -> int:
    wanted = _number(text, SIZES[0], SIZES[-1])
    return next(one for one in SIZES if one >= wanted)


def choices(values: Sequence[str | None]) -> tuple[str, ...]:
    """What a filter offers: what there is, each once, in order."""
    return tuple(sorted({one for one in values if one}))
