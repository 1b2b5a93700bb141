"""The operator is killed at every write, before it arrives and after it was carried out.

It is started again, must come to the same end, and must have done no more than it would have done
undisturbed.
"""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.crashing_points import Blow, Point, points_of
from tests.chaos.crashing_stage import Stage, Theatre, differences, theatre
from tests.chaos.gate import After, Before
from tests.chaos.promises import kept
from tests.chaos.scenes import Play, together
from tests.chaos.table import Tried
from tests.cluster import Cluster
from tests.integration.world import Json

CHAPTER = "crash"
SHORT_POINTS = 3


@pytest.fixture(scope="module")
def made(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theatre]:
    with theatre(cluster, operator_kubeconfig, tmp_path_factory.mktemp("crashes")) as opened:
        yield opened


class Ending:
    """What a play comes to when nobody disturbs it."""

    def __init__(self, made: Theatre, play: Play) -> None:
        with made.stage() as stage:
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
    made: Theatre, play: Play, ending: Ending, points: list[Point], number: signal.Signals
) -> bool:
    """Play it with a blow at each point, in turn; whether all fell."""
    with made.stage() as stage:
        blows = [Blow(one, lambda: stage.actors, lambda: stage.strike(number)) for one in points]
        for blow in blows:
            act = After(blow.fall) if blow.point.after else Before(blow.fall)
            for gate in (stage.api_gate, stage.onence_gate):
                gate.on(blow.matches, act)
        play.perform(stage)
        where = ", ".join(str(one) for one in points)
        try:
            stage.until(lambda: stage.ending() == ending.is_so, "the same end")
        except AssertionError as error:
            lines = differences(stage.ending(), ending.is_so)
            raise AssertionError("\n".join([f"killed {where}:", *lines])) from error
        stage.sweeps(1)
        assert differences(stage.ending(), ending.is_so) == [], where
        judge(stage)
        assert harm(stage.deeds(), ending.deeds) == [], where
        return all(blow.fell.is_set() for blow in blows)


def harm(deeds: dict[str, list[Json]], undisturbed: dict[str, list[Json]]) -> list[str]:
    """Writes at 1NCE that would not have been made without the crash."""
    return [
        f"SIM {iccid}: {done} instead of {undisturbed.get(iccid, [])}"
        for iccid, done in deeds.items()
        if done != undisturbed.get(iccid, [])
    ]


def test_everything_at_once_survives_a_crash_at_some_writes(
    made: Theatre, tried: Tried, seed: int
) -> None:
    play = together()
    ending = Ending(made, play)
    for point in random.Random(seed).sample(ending.points, SHORT_POINTS):  # noqa: S311
        with tried(CHAPTER, f"{play.name}: killed at some write"):
            crashed(made, play, ending, [point], signal.SIGKILL)
