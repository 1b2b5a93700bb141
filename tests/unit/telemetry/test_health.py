"""A loop is stuck when its beat is overdue, and only then."""

from sim_operator.telemetry.health import Heartbeats


class Stopwatch:
    """A monotonic clock that moves by hand."""

    def __init__(self) -> None:
        self.moment = 50.0

    def __call__(self) -> float:
        return self.moment


def test_a_process_without_loops_is_not_stuck() -> None:
    assert Heartbeats().stuck() == []


def test_a_loop_is_stuck_when_its_own_deadline_has_passed() -> None:
    watch = Stopwatch()
    hearts = Heartbeats(watch)
    hearts.beat("watch", 10)
    hearts.beat("account plant-a/one", 60)
    watch.moment += 10
    assert hearts.stuck() == []
    watch.moment += 1
    assert hearts.stuck() == ["watch"]
    watch.moment += 60
    assert hearts.stuck() == ["account plant-a/one", "watch"]


def test_a_beat_frees_a_loop_and_sets_its_next_deadline() -> None:
    watch = Stopwatch()
    hearts = Heartbeats(watch)
    hearts.beat("lease", 1)
    watch.moment += 5
    hearts.beat("lease", 100)
    watch.moment += 50
    assert hearts.stuck() == []
    assert hearts.loops()["lease"].age == 50
    assert hearts.loops()["lease"].deadline == 100


def test_a_retired_loop_is_not_missed() -> None:
    watch = Stopwatch()
    hearts = Heartbeats(watch)
    hearts.beat("account plant-a/one", 1)
    hearts.retire("account plant-a/one")
    hearts.retire("account plant-a/one")
    watch.moment += 100
    assert hearts.stuck() == []
    assert hearts.loops() == {}
