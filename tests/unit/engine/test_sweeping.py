"""A sweep over lists that move, lie about their length, or never end."""

from collections.abc import Callable
from typing import cast

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.domain.sim import ObservedSim
from sim_operator.engine.sweeping import read_all
from sim_operator.onence.client import OnenceClient, Page
from sim_operator.onence.faults import OnenceError
from tests.unit.specimens import iccids, observed

FLEET = [observed(iccid) for iccid in sorted(iccids(250))]


class Lists:
    """Answers pages as a test says and counts them."""

    def __init__(self, page_of: Callable[[int], list[ObservedSim]], pages: int | None) -> None:
        self._page_of = page_of
        self._pages = pages
        self.asked: list[int] = []

    async def read_page(self, number: int) -> Page:
        self.asked.append(number)
        return Page(tuple(self._page_of(number)), None, self._pages, 0)

    async def sweep(self) -> int:
        """How many SIMs a sweep sees."""
        return len((await read_all(cast("OnenceClient", self), {})).sightings)


def plain(number: int) -> list[ObservedSim]:
    return FLEET[100 * (number - 1) : 100 * number]


@pytest.mark.parametrize("pages", [3, None])
async def test_every_page_is_read_once(pages: int | None) -> None:
    lists = Lists(plain, pages)
    assert await lists.sweep() == 250
    assert lists.asked == [1, 2, 3]


async def test_a_page_that_came_back_empty_does_not_end_the_list() -> None:
    lists = Lists(lambda number: [] if number == 2 else plain(number), 3)
    assert await lists.sweep() == 150


async def test_a_list_that_promises_a_million_pages_is_soon_given_up() -> None:
    lists = Lists(plain, 1_000_000)
    with pytest.raises(OnenceError, match="promises more pages than it has") as raised:
        await lists.sweep()
    assert raised.value.failure.kind is FailureKind.UNAVAILABLE
    assert len(lists.asked) < 20


@pytest.mark.parametrize("pages", [1_000_000, None])
async def test_a_list_whose_full_pages_repeat_is_given_up(pages: int | None) -> None:
    lists = Lists(lambda _: plain(1), pages)
    with pytest.raises(OnenceError, match="repeat each other"):
        await lists.sweep()
    assert len(lists.asked) < 10


async def test_a_list_that_moves_by_some_sims_while_it_is_read_is_taken() -> None:
    lists = Lists(lambda number: FLEET[100 * (number - 1) + number : 100 * number + number], 3)
    assert await lists.sweep() == 247
