"""From the sums of SIMs to those of groups, and what of them is not known. Pure.

A day that nobody read has no holder of its own: it belongs to whoever held the SIM last in that
month, or holds it now where no day of the month was read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import NamedTuple

from sim_operator.history.cards import Holder
from sim_operator.history.model import By, Dimension, Scope, UsageRow
from sim_operator.history.spans import Card, Span


class Part(NamedTuple):
    """What one holder's days of a SIM add up to in a span; made by the ten thousand."""

    span: Span
    sim: int
    membership: int
    data: int
    sms: int
    known: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Gap:
    """Days of a SIM in a span that are not known, and whose they are."""

    span: Span
    sim: int
    membership: int
    days: int


@dataclass(slots=True)
class _Sum:
    data: int = 0
    sms: int = 0
    known: int = 0
    missing: int = 0
    sims: set[int] = field(default_factory=set)
    last: tuple[date, int] = (date.min, 0)
    """The newest day that was added, and its membership."""


def gaps(
    parts: Iterable[Part], cards: Mapping[int, Card], spans: Iterable[Span], today: date
) -> Iterable[Gap]:
    """What is not known of each SIM in each span."""
    known: dict[Span, dict[int, int]] = {}
    held: dict[Span, dict[int, tuple[date, int]]] = {}
    for span, of_span in groupby(parts, key=lambda part: part.span):
        counts, holders = known.setdefault(span, {}), held.setdefault(span, {})
        for part in of_span:
            counts[part.sim] = counts.get(part.sim, 0) + part.known
            newest = part.last_day, part.membership
            holders[part.sim] = max(holders.get(part.sim, newest), newest)
    ends = {sim: card.expected_to(today) for sim, card in cards.items()}
    for span in spans:
        counts, holders = known.get(span, {}), held.get(span, {})
        length = span.overlap(span.first, span.last)
        for sim, card in cards.items():
            all_of_it = card.first_day <= span.first and ends[sim] >= span.last
            expected = length if all_of_it else span.overlap(card.first_day, ends[sim])
            unknown = expected - counts.get(sim, 0)
            if unknown > 0:
                _, membership = holders.get(sim, (None, card.membership))
                yield Gap(span, sim, membership, unknown)


def added(
    parts: Iterable[Part],
    holes: Iterable[Gap],
    holders: Mapping[int, Holder],
    cards: Mapping[int, Card],
    by: By,
    scope: Scope,
) -> list[UsageRow]:
    """The groups, by name; of days that are no part of the scope nothing is in them."""
    group_of = _grouping(by, holders, cards)
    found: defaultdict[str, _Sum] = defaultdict(_Sum)
    for part in parts:
        if scope.holds(holders[part.membership].namespace):
            one = found[group_of(part.span, part.sim, part.membership)]
            one.data += part.data
            one.sms += part.sms
            one.known += part.known
            one.sims.add(part.sim)
            if part.last_day >= one.last[0]:
                one.last = max(one.last, (part.last_day, part.membership))
    for gap in holes:
        if scope.holds(holders[gap.membership].namespace):
            one = found[group_of(gap.span, gap.sim, gap.membership)]
            one.missing += gap.days
            one.sims.add(gap.sim)
            one.last = max(one.last, (date.min, gap.membership))
    return [
        _row(group, one, holders[one.last[1]] if by.dimension is Dimension.SIM else None)
        for group, one in sorted(found.items())
    ]


def _row(group: str, one: _Sum, holder: Holder | None) -> UsageRow:
    return UsageRow(
        group=group,
        data=one.data,
        sms=one.sms,
        sims=len(one.sims),
        known_days=one.known,
        missing_days=one.missing,
        namespace=None if holder is None else holder.namespace,
        name=None if holder is None else holder.name,
    )


def _grouping(
    by: By, holders: Mapping[int, Holder], cards: Mapping[int, Card]
) -> Callable[[Span, int, int], str]:
    match by.dimension:
        case Dimension.NAMESPACE:
            return lambda _, __, membership: holders[membership].namespace
        case Dimension.POLICY:
            return lambda _, __, membership: holders[membership].policy or ""
        case Dimension.ACCOUNT:
            return lambda _, __, membership: holders[membership].account
        case Dimension.LABEL:
            return lambda _, __, membership: holders[membership].label(by.label)
        case Dimension.SIM:
            return lambda _, sim, __: cards[sim].iccid
        case Dimension.MONTH:
            return lambda span, _, __: f"{span.month:%Y-%m}"
        case Dimension.DAY:
            raise ValueError("days are added up from the fleet's days")
