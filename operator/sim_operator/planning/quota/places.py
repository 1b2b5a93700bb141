"""The guard of a policy: how many SIMs it may keep off at a time, and who gets a place.

A SIM that is off keeps its place whatever the ranking, and even where there are more of them than
places: a smaller match or a smaller number never switches one on. Only the rest is ranked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sim_operator.domain.resources import Key


@dataclass(frozen=True, slots=True)
class Claim:
    """A SIM that is to be switched off and is not off yet."""

    key: Key
    for_pool: bool
    weight: float
    """How far it is past the limit: percent of its own, or the share of the pool."""
    kept: bool
    """It was given a place before and is not off yet: nobody gets in before it."""
    has_place: bool = False
    """It is off still, by a hold that ended: the place that it has is its own."""


def granted(claims: Iterable[Claim], free: int) -> frozenset[Key]:
    """Who gets one of the `free` places, beside those that have one.

    SIMs over a limit of their own come first, the largest excess leading, then those that a pool
    takes out, the largest share leading; of equal ones the first by namespace and name.
    """
    waiting: list[Claim] = []
    placed: set[Key] = set()
    for one in claims:
        if one.has_place:
            placed.add(one.key)
        else:
            waiting.append(one)
    if free > 0:
        waiting.sort(key=lambda one: (not one.kept, one.for_pool, -one.weight, one.key))
        placed.update(one.key for one in waiting[:free])
    return frozenset(placed)
