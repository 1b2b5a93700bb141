"""Plays a scene undisturbed and disturbed, and compares what became of it."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tests.chaos.crashing_points import Blow, Point, points_of
from tests.chaos.crashing_stage import Stage, Theatre, differences
from tests.chaos.gate import After, Before
from tests.chaos.promises import kept
from tests.chaos.scenes import Play
from tests.integration.world import Json


class Ending:
    """What a play comes to when nobody disturbs it."""

    def __init__(self, made: Theatre, play: Play) -> None:
        with made.stage(**play.settings) as stage:
            first = len(stage.api_gate.passed), len(stage.onence_gate.passed)
            play.perform(stage)
            self.is_so = stage.rests()
            self.deeds = stage.deeds()
            judge(stage)
            passed = stage.api_gate.passed[first[0] :] + stage.onence_gate.passed[first[1] :]
            self.points = points_of(passed, stage.actors)


def judge(stage: Stage) -> None:
    """What must hold after every play."""
    assert stage.history is not None
    kept(stage, stage.history)
    assert stage.deaths == stage.expected_deaths, "the operator ended by itself"


def crashed(
    made: Theatre,
    play: Play,
    ending: Ending,
    points: Sequence[Point],
    number: signal.Signals = signal.SIGKILL,
) -> int:
    """Play it with a blow at each point; how many fell (a crash may save later writes)."""
    blows: list[Blow] = []

    def prepare(stage: Stage) -> None:
        for point in points:
            blow = Blow(point, lambda: stage.actors, lambda: stage.strike(number), number)
            blows.append(blow)
            act = After(blow.fall) if point.after else Before(blow.fall)
            for gate in (stage.api_gate, stage.onence_gate):
                gate.on(blow.matches, act)

    disturbed(made, play, ending, prepare, f"{number.name} " + ", ".join(map(str, points)))
    return sum(blow.fell.is_set() for blow in blows)


def disturbed(
    made: Theatre, play: Play, ending: Ending, prepare: Callable[[Stage], None], how: str
) -> None:
    """Play it with what `prepare` does to it: the same end by the same writes."""
    with made.stage(**play.settings) as stage:
        prepare(stage)
        with _told(how, stage, ending):
            play.perform(stage)
            stage.until(lambda: stage.ending() == ending.is_so, "the same end")
        stage.sweeps(1)
        assert differences(stage.ending(), ending.is_so) == [], how
        judge(stage)
        assert harm(stage.deeds(), ending.deeds) == [], how


@contextmanager
def _told(how: str, stage: Stage, ending: Ending) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        lines = differences(stage.ending(), ending.is_so)
        raise AssertionError("\n".join([f"{how}:", *lines])) from error


def harm(deeds: dict[str, list[Json]], undisturbed: dict[str, list[Json]]) -> list[str]:
    """Writes at 1NCE that would not have been made without the crash, or that are missing."""
    return [
        f"SIM {iccid}: {deeds.get(iccid, [])} instead of {undisturbed.get(iccid, [])}"
        for iccid in sorted(deeds.keys() | undisturbed.keys())
        if deeds.get(iccid, []) != undisturbed.get(iccid, [])
    ]
