"""The operator is killed at every write, before it arrives and after it was carried out.

It is started again, must come to the same end, and must have done no more than it would have done
undisturbed.
"""

import random
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import pytest

from tests.chaos.crashing import Ending, crashed, disturbed
from tests.chaos.crashing_points import Point
from tests.chaos.crashing_stage import Stage, Theatre, theatre
from tests.chaos.gate import After, Asked, Before, Then
from tests.chaos.scenes import Play, Raise, alone, elected, together
from tests.chaos.table import Tried
from tests.cluster import Cluster

CHAPTER: Final = "crash"
PARTS: Final = 6
"""So many seeds in a row try every write."""
FIRST: Final = ("oauth/token", "/sims?", "/simaccounts?", "/quotapolicies?")
PLAYS: Final = {one.name: one for one in alone()}

GetEnding = Callable[[Play], Ending]
Given = TypeVar("Given")


@pytest.fixture(scope="module")
def made(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Theatre]:
    with theatre(cluster, operator_kubeconfig, tmp_path_factory.mktemp("crashes")) as opened:
        yield opened


@pytest.fixture(scope="module")
def ending_of(made: Theatre) -> GetEnding:
    """The undisturbed end of a play, which is played once."""
    known: dict[str, Ending] = {}

    def get(play: Play) -> Ending:
        if play.name not in known:
            known[play.name] = Ending(made, play)
        return known[play.name]

    return get


def test_a_crash_around_a_write_at_1nce_leads_to_the_same_end(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int
) -> None:
    play = PLAYS[Raise.name]
    ending = ending_of(play)
    chance = random.Random(seed)  # noqa: S311 - chooses what is tried
    grave = [one for one in ending.points if one.is_grave]
    told = [one for one in ending.points if not one.is_grave]
    for point in (chance.choice(grave), chance.choice(told)):
        with tried(CHAPTER, f"{play.name}: killed {point.sort}"):
            crashed(made, play, ending, [point])


@pytest.mark.long
@pytest.mark.parametrize("name", PLAYS)
def test_a_crash_at_any_write_leads_to_the_same_end(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int, name: str
) -> None:
    play = PLAYS[name]
    ending = ending_of(play)
    grave = [one for one in ending.points if one.is_grave][seed % PARTS :: PARTS]
    told = [one for one in ending.points if not one.is_grave][seed % PARTS :: PARTS]
    for point in grave:
        with tried(CHAPTER, f"{name}: killed {point.sort}"):
            assert crashed(made, play, ending, [point]) == 1, f"{point} never came"
    # What is only told is tried three at a time; each crash may save some of the later ones.
    for points in _in_threes(told):
        with tried(CHAPTER, f"{name}: killed around statuses and events"):
            fell = crashed(made, play, ending, points)
            assert fell >= 1 or len(points) < 3, f"none of {points} came"


@pytest.mark.long
def test_a_graceful_end_at_some_write_leads_to_the_same_end(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int
) -> None:
    for name in _some(list(PLAYS), 3, seed):
        ending = ending_of(PLAYS[name])
        for point in _some(ending.points, 2, seed):
            with tried(CHAPTER, f"{name}: SIGTERM at a write"):
                crashed(made, PLAYS[name], ending, [point], signal.SIGTERM)


@pytest.mark.long
def test_an_operator_that_dies_at_the_same_write_again_and_again_ends_well(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int
) -> None:
    for name in _some(list(PLAYS), 3, seed + 1):
        ending = ending_of(PLAYS[name])
        puts = [one for one in ending.points if one.write.startswith("PUT") and not one.after]
        [point] = _some(puts, 1, seed)
        with tried(CHAPTER, f"{name}: killed three times before the same write"):
            # A gate asks its rules until one takes: a later blow has not seen what an earlier took.
            assert crashed(made, PLAYS[name], ending, [point] * 3) == 3


@pytest.mark.long
def test_a_crash_while_it_starts_leads_to_the_same_end(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int
) -> None:
    play = PLAYS[Raise.name]
    for what, after in _some([(one, side) for one in FIRST for side in (False, True)], 3, seed):
        with tried(CHAPTER, f"{play.name}: killed while it starts"):
            disturbed(
                made, play, ending_of(play), partial(_at_first, what, after), f"at {what} {after}"
            )


def _at_first(what: str, after: bool, stage: Stage) -> None:
    """Kill it when it asks for something for the first time, or when it is answered."""

    def first(asked: Asked) -> bool:
        return not asked.is_watch and what in f"{asked.path}?"

    def fall(_: Asked) -> Then:
        stage.strike()
        return Then.DROP

    for gate in (stage.onence_gate, stage.api_gate):
        gate.on(first, After(fall) if after else Before(fall), times=1)


@pytest.mark.long
def test_many_scenes_at_once_survive_several_crashes(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int
) -> None:
    play = together()
    ending = ending_of(play)
    for more in range(2):
        points = _some(ending.points, 3, seed + more)
        with tried(CHAPTER, f"{play.name}: killed up to three times"):
            crashed(made, play, ending, points)


@pytest.mark.long
def test_a_crash_of_a_leader_leads_to_the_same_end(
    made: Theatre, ending_of: GetEnding, tried: Tried, seed: int
) -> None:
    play = elected()
    ending = ending_of(play)
    for point in _some([one for one in ending.points if one.is_grave], 2, seed):
        with tried(CHAPTER, f"{play.name}: killed {point.sort}"):
            crashed(made, play, ending, [point])


def _in_threes(points: Sequence[Point]) -> Iterator[list[Point]]:
    """Three or more, early and late ones.

    How often a status is written depends on the pace, so the last write of one may not come again.
    """
    groups = max(1, len(points) // 3)
    for number in range(groups if points else 0):
        yield list(points[number::groups])


def _some(things: Sequence[Given], number: int, seed: int) -> list[Given]:
    chance = random.Random(seed)  # noqa: S311 - chooses what is tried
    return chance.sample(things, min(number, len(things)))
