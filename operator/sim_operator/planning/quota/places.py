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


def granted(claims: Iterable[Claim], free: int) -> frozenset[Key]:
    """Who gets one of the `free` places.

    SIMs over a limit of their own come first, the largest excess leading, then those that a pool
    takes out, the largest share leading; of equal ones the first by namespace and name.
    """
    if free <= 0:
        return frozenset()
    ranked = sorted(claims, key=lambda one: (not one.kept, one.for_pool, -one.weight, one.key))
    return frozenset(one.key for one in ranked[:free])
