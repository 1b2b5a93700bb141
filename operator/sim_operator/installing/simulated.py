"""SIMs of a simulated 1NCE that a check can borrow."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import httpx
from pydantic import BaseModel, Field, ValidationError

from sim_operator.domain.iccid import InvalidIccidError, canonical
from sim_operator.installing import web
from sim_operator.installing.checks import Verdict
from sim_operator.installing.cluster import Body

_PAGE: Final = 200
_MOST_PAGES: Final = 200
_ENOUGH: Final = 5
"""ICCIDs: somebody else may claim one meanwhile, or where this check may not look."""


class _Volume(BaseModel):
    remaining: float = 0.0


class _Sim(BaseModel):
    iccid: str
    expired: bool = False
    quota: dict[str, _Volume] = Field(default_factory=dict)
    hidden_fields: list[str] = Field(default_factory=list)
    null_fields: list[str] = Field(default_factory=list)

    @property
    def healthy(self) -> bool:
        """Whether a resource for it becomes Ready: not expired, and volume left of each kind."""
        return not self.expired and all(one.remaining > 0 for one in self.quota.values())

    @property
    def complete(self) -> bool:
        """Whether 1NCE tells all of its fields."""
        return not self.hidden_fields and not self.null_fields


class _Page(BaseModel):
    total: int
    sims: list[_Sim]


@dataclass(frozen=True, slots=True)
class Supply:
    """ICCIDs of a simulator."""

    free: list[str]
    """A few that can become Ready and that no resource claims, the best first."""
    claimed: frozenset[str]
    """Those that are claimed; all of them where none is free."""


async def supply(http: httpx.AsyncClient, simulator: httpx.URL, taken: Collection[str]) -> Supply:
    """What a simulator has; the last SIMs first, because people claim the first ones first.

    `taken`: the ICCIDs that resources claim.

    Raises:
        NoAnswerError: the simulator did not tell.
    """
    free: list[_Sim] = []
    claimed: set[str] = set()
    end = (await _page(http, simulator, 0, 1)).total
    for _ in range(_MOST_PAGES):
        begin = max(0, end - _PAGE)
        page = await _page(http, simulator, begin, max(1, end - begin))
        free += [one for one in reversed(page.sims) if one.healthy and one.iccid not in taken]
        claimed |= {one.iccid for one in page.sims if one.iccid in taken}
        if begin == 0 or len(free) >= _ENOUGH:
            break
        end = begin
    best = sorted(free, key=lambda one: not one.complete)[:_ENOUGH]
    return Supply([one.iccid for one in best], frozenset(claimed))


async def _page(http: httpx.AsyncClient, simulator: httpx.URL, offset: int, limit: int) -> _Page:
    target = web.below(simulator, "/_control/sims")
    answer = await web.get(http, target, offset=offset, limit=limit)
    try:
        return _Page.model_validate_json(answer.content)
    except ValidationError:
        raise web.NoAnswerError(
            Verdict(
                False,
                f"{web.shown(target)} did not answer with SIMs",
                "Give --iccid-from the base URL of `sim-operator simulate`.",
            )
        ) from None


def claims(sim: Body) -> str | None:
    """The 19 digits of the ICCID that a SIM resource claims; None where it is none."""
    try:
        return canonical(str((sim.get("spec") or {}).get("iccid") or ""))
    except InvalidIccidError:
        return None
