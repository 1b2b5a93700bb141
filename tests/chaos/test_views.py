"""What the operator sees of the cluster is late, doubled, out of order, or missing.

One operator lives through all of it; the API server behind the gate is well all the time.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.gate import Asked, Lines, Rewrite, Rule
from tests.chaos.gated import GatedWorld, gated
from tests.chaos.history import History
from tests.chaos.stage import EXPIRED, Stage, lists, watches
from tests.chaos.table import Tried
from tests.cluster import Cluster

METADATA = "PartialObjectMetadataList"


@pytest.fixture(scope="module")
def stage(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("views")
    with (
        gated(cluster, operator_kubeconfig, folder, sims=60) as world,
        History(cluster, [world.namespace, world.elsewhere]) as history,
    ):
        yield Stage(world, history, "views")


def blind(world: GatedWorld) -> None:
    """From now on nothing of SIMs comes by the watches, bookmarks included."""
    world.api_gate.on(watches, Lines(lambda _: None))


def see_again(world: GatedWorld) -> None:
    """The watches end, and their place in history is gone: everything has to be listed."""
    world.api_gate.clear()
    world.api_gate.on(watches, EXPIRED, times=2)
    assert world.api_gate.end_watches(watches) > 0


def test_changes_in_a_gap_are_found(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "SIM created and changed in a gap of the watch") as world:
        changed = world.new("gap-changed", state="Enabled")
        blind(world)
        world.patch("sim", "gap-changed", {"label": "seen-late"})
        created = world.sim("gap-created", world.fresh(), state="Disabled")
        see_again(world)
        world.becomes(changed, label="seen-late")
        world.becomes(created, status="Disabled")


def test_what_was_deleted_in_a_gap_is_left_alone(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "SIM deleted in a gap of the watch") as world:
        iccid = world.new("gap-deleted", state="Enabled", label="mine")
        blind(world)
        world.delete("gap-deleted")
        world.is_gone("gap-deleted")
        see_again(world)
        world.until(
            lambda: (
                world.operator.metric("sim_operator_store_objects", kind="SIM")
                == len(world.listed("sim"))
            ),
            "the ghost is gone",
        )
        since = world.simulator.last_entry()
        world.simulator.patch_sim(iccid, status="Disabled", label="theirs")
        world.sweeps(3)
        assert not world.puts(iccid, since)


def test_a_finalizer_that_appeared_in_a_gap_is_served(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "SIM with deletionPolicy Disable deleted in a gap") as world:
        iccid = world.new("gap-finalizer", state="Enabled", deletionPolicy="Disable")
        world.has_finalizer("gap-finalizer")
        blind(world)
        world.delete("gap-finalizer")
        see_again(world)
        world.is_gone("gap-finalizer")
        world.becomes(iccid, status="Disabled")


def test_a_name_that_was_taken_again_in_a_gap_gets_a_status_of_its_own(
    stage: Stage, tried: Tried
) -> None:
    with stage.trial(tried, "SIM deleted and created again under its name in a gap") as world:
        first = world.new("gap-twice", state="Enabled", label="first")
        old = world.get("sim", "gap-twice")
        assert old is not None
        blind(world)
        world.delete("gap-twice")
        world.is_gone("gap-twice")
        second = world.sim("gap-twice", world.fresh(), state="Disabled", label="second")
        # It may believe in the old one still: what it wants to say of that must find nobody.
        world.simulator.patch_sim(first, label="theirs")
        world.becomes(first, label="first")
        world.sweeps(2)
        see_again(world)
        world.becomes(second, status="Disabled", label="second")
        world.until_acknowledged("gap-twice", "Reconciled")
    mine = [one for one in stage.history.versions("sims") if one.name == "gap-twice"]
    anew = [one for one in mine if one.uid != old["metadata"]["uid"]]
    assert anew
    assert all(one.status.get("iccid") in {None, second} for one in anew)


def test_events_may_be_doubled_and_out_of_order(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "watch events doubled, and an old one after each new one") as world:
        iccid = world.new("order", state="Enabled", label="zero")
        seen: list[bytes] = []

        def shuffled(line: bytes) -> bytes:
            seen.append(line)
            return line + b"".join(seen[-4:][::-1]) + line + seen[0]

        rule = world.api_gate.on(watches, Lines(shuffled))
        for label in ("one", "two", "three"):
            world.patch("sim", "order", {"label": label})
            world.becomes(iccid, label=label)
        world.until_acknowledged("order", "Reconciled")
        world.delete("order")
        world.is_gone("order")
        world.sweeps(2)
        world.until(
            lambda: (
                world.operator.metric("sim_operator_store_objects", kind="SIM")
                == len(world.listed("sim"))
            ),
            "no event of a deleted SIM brings it back",
        )
        assert rule.hits >= 4
    labels = [
        one["write"]["after"]["label"]
        for one in world.puts(iccid)
        if one["write"]["after"]["label"] != one["write"]["before"]["label"]
    ]
    assert labels == ["zero", "one", "two", "three"]


def remembered(world: GatedWorld) -> list[Rule]:
    """From now on every list of SIMs is answered as the first of its kind was."""

    def once(accept: str, place: str) -> Rule:
        kept: list[bytes] = []

        def first(body: bytes) -> bytes:
            kept.append(body)
            return kept[0]

        def matches(asked: Asked) -> bool:
            whole = METADATA in asked.headers.get("accept", "")
            mine = f"/{place}/" in asked.path and whole == (accept == METADATA)
            return lists(asked) and mine

        return world.api_gate.on(matches, Rewrite(first))

    places = (world.namespace, world.elsewhere)
    return [once(accept, place) for accept in (METADATA, "") for place in places]


def test_an_old_list_does_not_undo_what_came_later(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "stale list after a newer event", before=20.0) as world:
        iccid = world.new("stale", state="Enabled", label="old")
        record = remembered(world)
        world.api_gate.on(watches, EXPIRED, times=2)
        world.api_gate.end_watches(watches)
        world.until(lambda: all(rule.hits > 0 for rule in record), "the SIMs are listed")
        world.patch("sim", "stale", {"label": "new"})
        world.becomes(iccid, label="new")
        world.until_acknowledged("stale", "Reconciled")
        since = world.simulator.last_entry()
        hits = [rule.hits for rule in record]
        world.api_gate.on(watches, EXPIRED, times=2)
        world.api_gate.end_watches(watches)
        world.until(
            lambda: all(rule.hits > before for rule, before in zip(record, hits, strict=True)),
            "old lists are answered",
        )
        world.sweeps(3)
        labels = [json.loads(one["request_body"])["label"] for one in world.puts(iccid, since)]
        assert "old" not in labels
