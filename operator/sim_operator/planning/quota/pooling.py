"""Which SIMs a pool that is used up takes out, and why just those.

What was used stays used: no disable brings a pool back under its limit. What can be stopped is
further use. So the rule asks who is to stop for the others to go on: SIMs are taken out, the
heaviest first, until those that are still on have together used less than the limit. That is as
many as it takes and none more; the light ones, who are not why the pool is empty, keep working. As
they go on using, their sum reaches the limit again and the next heaviest follows: what is used
past the limit costs a SIM for each share of it, and the worst that can come of it is that all are
out.

- A SIM that is off already (its owner wants it so, a hold stands, or it passed a limit of its own)
  counts as off from the start: it is never taken out for the pool as well.
- A SIM that cannot be switched off, or that used nothing, is never taken out. The first still
  counts among those that are on, so others go for it.
- Data comes before SMS: whoever is taken out for data is off when SMS are looked at.
- Heaviest is by share of that pool; of equal ones the first by namespace and name. It never depends
  on the order in which SIMs are listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.terms import POOLS, Limit, Terms, is_passed


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool, and what all SIMs took out of it."""

    limit: Limit
    value: int
    """What it grants: bytes or messages."""
    used: int
    known: bool
    """Whether the use of any SIM is known, or there is none to know of."""

    @property
    def is_passed(self) -> bool:
        """Whether it is used up."""
        return is_passed(self.used, self.value)


def pool_states(terms: Terms, usages: Sequence[Usage | None]) -> tuple[PoolState, ...]:
    """The pools of a policy; use that is not known counts as none."""
    return tuple(_pool_state(limit, value, usages) for limit, value in terms.limits(POOLS))


def _pool_state(limit: Limit, value: int, usages: Sequence[Usage | None]) -> PoolState:
    service = limit.service
    each = [one.of(service) for one in usages if one is not None]
    known = [used for used in each if used is not None]
    return PoolState(limit, value, sum(known), bool(known) or not usages)


@dataclass(frozen=True, slots=True)
class Draw:
    """What one SIM took out of the pools; what is not known counts as nothing."""

    key: Key
    data: int
    """Bytes."""
    sms: int
    """Messages."""
    is_on: bool
    """Whether it goes on using."""
    can_go: bool
    """Whether this policy may switch it off."""

    def of(self, service: Service) -> int:
        """What it took of one service."""
        return self.data if service is Service.DATA else self.sms


@dataclass(frozen=True, slots=True)
class Pick:
    """Why a SIM is taken out."""

    limit: Limit
    share: float
    """What it used of that limit; above 1 where it alone passed it."""


def picks(pools: Sequence[tuple[Limit, int]], draws: Sequence[Draw]) -> dict[Key, Pick]:
    """The SIMs that go so that the rest fits into each pool, in the order in which they go."""
    out: dict[Key, Pick] = {}
    for limit, value in pools:
        out |= _of_one_pool(limit, value, [one for one in draws if one.key not in out])
    return out


def _of_one_pool(limit: Limit, value: int, draws: Sequence[Draw]) -> dict[Key, Pick]:
    service = limit.service
    on = [(one.of(service), one) for one in draws if one.is_on]
    rest = sum(used for used, _ in on)
    out: dict[Key, Pick] = {}
    if not is_passed(rest, value):
        return out
    able = [(-used, one.key) for used, one in on if one.can_go and used > 0]
    for weight, key in sorted(able):
        if not is_passed(rest, value):
            break
        rest += weight
        out[key] = Pick(limit, -weight / max(value, 1))
    return out
