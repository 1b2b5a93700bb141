"""What the operator sees of the cluster is late, doubled, out of order, or missing.

One operator lives through all of it; the API server behind the gate is well all the time.
"""

import json

from tests.chaos.gate import Asked, Lines, Rewrite, Rule
from tests.chaos.gated import GatedWorld
from tests.chaos.stage import Stage, expire, lists, watches
from tests.chaos.table import Tried

METADATA = b"PartialObjectMetadataList"


def blind(world: GatedWorld) -> None:
    """From now on nothing of SIMs comes by the watches, bookmarks included."""
    world.api_gate.on(watches, Lines(lambda _: None))


def see_again(world: GatedWorld) -> None:
    """The watch ends, and its place in history is gone: everything has to be listed."""
    world.api_gate.clear()
    expire(world)


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


def remembered(world: GatedWorld) -> Rule:
    """From now on every list of SIMs is answered as the first of its kind was."""
    kept: dict[str, bytes] = {}

    def matches(asked: Asked) -> bool:
        return lists(asked) and f"/{world.namespace}/" in asked.path

    def once(body: bytes) -> bytes:
        return kept.setdefault("names" if METADATA in body[:200] else "whole", body)

    return world.api_gate.on(matches, Rewrite(once))


def test_an_old_list_does_not_undo_what_came_later(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "stale list after a newer event", before=20.0) as world:
        iccid = world.new("stale", state="Enabled", label="old")
        record = remembered(world)
        expire(world)
        world.until(lambda: record.hits > 0, "the SIMs are listed")
        world.patch("sim", "stale", {"label": "new"})
        world.becomes(iccid, label="new")
        world.until_acknowledged("stale", "Reconciled")
        since = world.simulator.last_entry()
        hits = record.hits
        expire(world)
        world.until(lambda: record.hits > hits, "an old list is answered")
        world.sweeps(3)
        labels = [json.loads(one["request_body"])["label"] for one in world.puts(iccid, since)]
        assert "old" not in labels
