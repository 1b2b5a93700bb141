"""What lasts is put out of the garbage collector's sight."""

import gc
from collections.abc import Iterator

import pytest

from sim_operator.engine.collecting import Collecting

DAY = 24 * 3600.0


class Fleet:
    """So many SIMs, at such a moment."""

    def __init__(self) -> None:
        self.size, self.now = 0, 0.0
        self.collecting = Collecting(lambda: self.size, lambda: self.now)

    def look(self, size: int) -> bool:
        self.size = size
        self.now += 30.0
        return self.collecting.look()


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    yield Fleet()
    gc.unfreeze()


def test_a_fleet_that_has_come_to_rest_is_put_out_of_sight_once(fleet: Fleet) -> None:
    assert [fleet.look(10_000) for _ in range(4)] == [False, True, False, False]
    assert gc.get_freeze_count() > 0


def test_a_fleet_that_still_grows_is_waited_for(fleet: Fleet) -> None:
    assert not any(fleet.look(size) for size in range(5_000, 10_000, 500))


def test_a_small_fleet_makes_no_difference(fleet: Fleet) -> None:
    assert not any(fleet.look(60) for _ in range(4))
    assert gc.get_freeze_count() == 0


def test_a_fleet_that_grew_by_a_quarter_is_looked_at_again(fleet: Fleet) -> None:
    sizes = [10_000, 10_000, 11_000, 11_000, 14_000, 14_000]
    assert [fleet.look(size) for size in sizes] == [False, True, False, False, False, True]


def test_garbage_in_circles_is_found_once_a_day(fleet: Fleet) -> None:
    class Circle:
        found = 0

        def __init__(self) -> None:
            self.self = self

        def __del__(self) -> None:
            Circle.found += 1

    circle = Circle()
    fleet.look(10_000)
    assert fleet.look(10_000)
    del circle
    gc.collect()
    assert Circle.found == 0
    fleet.now += DAY
    assert fleet.look(10_000)
    assert Circle.found == 1
