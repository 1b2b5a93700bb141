"""The API server refuses, loses, delays; or it is gone for a while."""

import json
import time

from tests.chaos.conftest import Effort
from tests.chaos.gate import After, Asked, Before, Delay, LoseAnswer, Refuse, Then, is_write
from tests.chaos.gated import GatedWorld
from tests.chaos.stage import Stage, lists, status_writes, watches
from tests.chaos.table import Tried


def of(name: str, kind: str = "sims") -> "Of":
    """Matches the writes of one object's status."""
    return Of(f"/{kind}/{name}/status")


class Of:
    def __init__(self, end: str) -> None:
        self._end = end

    def __call__(self, asked: Asked) -> bool:
        return asked.is_write and asked.path.endswith(self._end)


def test_a_status_whose_answer_is_lost_is_written_once(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "status write carried out, its answer lost") as world:
        rule = world.api_gate.on(status_writes, LoseAnswer(), times=3)
        iccid = world.new("lost-answer", state="Disabled", label="lost")
        world.becomes(iccid, status="Disabled", label="lost")
        world.patch("sim", "lost-answer", {"label": "again"})
        world.until_acknowledged("lost-answer", "Reconciled")
        assert rule.hits >= 1


def test_a_reservation_whose_answer_is_lost_lets_no_write_go_unguarded(
    stage: Stage, tried: Tried
) -> None:
    with stage.trial(tried, "reservation of a disable carried out, its answer lost") as world:
        iccid = world.new("lost-reservation", state="Enabled")
        rule = world.api_gate.on(of("default", "simaccounts"), LoseAnswer(), times=2)
        world.patch("sim", "lost-reservation", {"state": "Disabled"})
        world.becomes(iccid, status="Disabled")
        uid = (world.get("sim", "lost-reservation") or {})["metadata"]["uid"]
        places = world.status("default", "simaccount")["protection"]["reservations"]
        assert [one["uid"] for one in places].count(uid) == 1
        assert rule.hits >= 1


def test_a_storm_of_conflicts_ends(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "409 storm: somebody changes each object before each write") as world:
        changes = 0

        def disturb(asked: Asked) -> None:
            nonlocal changes
            changes += 1
            name = asked.path.split("/")[-2]
            # Past the gate, so that the write behind it really meets a newer object.
            world.kubectl("label", "sim", name, f"storm={changes}", "--overwrite")

        iccid = world.new("storm", state="Enabled", label="calm")
        world.api_gate.on(of("storm"), Before(disturb), times=5)
        world.patch("sim", "storm", {"label": "stormy"})
        world.becomes(iccid, label="stormy")
        world.until_acknowledged("storm", "Reconciled")
        assert changes >= 1


def test_an_account_that_changes_under_its_status_is_told_of_before_its_next_sweep(
    stage: Stage, tried: Tried
) -> None:
    with stage.trial(tried, "409 on statuses of an account whose next sweep is far") as world:
        changes = 0

        def disturb(_: Asked) -> None:
            nonlocal changes
            changes += 1
            world.kubectl("label", "simaccount", "default", f"storm={changes}", "--overwrite")

        iccid = world.new("far", state="Enabled")
        world.api_gate.on(of("default", "simaccounts"), Before(disturb), times=4)
        world.patch("simaccount", "default", {"sync": {"interval": "5m"}})
        world.until_acknowledged("default", "Reconciled", kind="simaccount")
        # A place in the budget meets the rest of them.
        world.patch("sim", "far", {"state": "Disabled"})
        world.becomes(iccid, status="Disabled")
        uid = (world.get("sim", "far") or {})["metadata"]["uid"]
        places = world.status("default", "simaccount")["protection"]["reservations"]
        assert [one["uid"] for one in places].count(uid) == 1
        assert changes >= 1
        world.patch("simaccount", "default", {"sync": {"interval": "1s"}})
        world.until_acknowledged("default", "Reconciled", kind="simaccount")


def test_a_busy_api_server_is_obeyed(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "429 with Retry-After on every write for a while") as world:
        busy = world.api_gate.on(is_write, Refuse(429, {"Retry-After": "2"}), times=3)
        iccid = world.sim("busy", world.fresh(), state="Disabled", label="busy")
        world.becomes(iccid, status="Disabled", label="busy")
        world.until_acknowledged("busy", "Reconciled")
        assert busy.hits == 3
        refused = [one for one in world.api_gate.passed if one.status == 429][-3:]
        nexts = [
            min((later.at for later in world.api_gate.writes if later.at > one.at), default=0)
            for one in refused
            if one.path.endswith("/status")
        ]
        waits = [after - one.at for one, after in zip(refused, nexts, strict=False)]
        assert all(wait >= 1.5 for wait in waits), waits


def test_an_api_server_that_fails_is_asked_again(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "500 on writes, lists and watches for a while") as world:
        world.api_gate.on(is_write, Refuse(500), times=6)
        world.api_gate.on(lists, Refuse(500), times=2)
        world.api_gate.on(watches, Refuse(500), times=4)
        world.api_gate.end_watches()
        iccid = world.sim("failing-api", world.fresh(), state="Disabled", label="five")
        world.becomes(iccid, status="Disabled", label="five")
        world.until_acknowledged("failing-api", "Reconciled")


def test_a_slow_api_server_only_takes_longer(stage: Stage, tried: Tried, effort: Effort) -> None:
    seconds = 5.0 if effort is Effort.LONG else 1.5
    with stage.trial(tried, "API server that takes seconds for each request") as world:
        world.api_gate.on(lambda asked: not asked.is_watch, Delay(seconds))
        names = [f"slow-{number}" for number in range(3)]
        for name in names:
            world.sim(name, world.fresh(), state="Disabled")
        for name in names:
            world.until_acknowledged(name, "Reconciled")


def test_an_api_server_that_is_away_is_waited_for(
    stage: Stage, tried: Tried, effort: Effort
) -> None:
    seconds = 60.0 if effort is Effort.LONG else 6.0
    what = "API server away while SIMs drift and resources come, change and go"
    with stage.trial(tried, what, before=seconds + 20) as world:
        drifting = world.new("away-drifting", state="Enabled", label="mine")
        changed = world.new("away-changed", state="Enabled")
        deleted = world.new("away-deleted", state="Enabled", label="mine")
        world.api_gate.cut()
        world.simulator.patch_sim(drifting, status="Disabled", label="theirs")
        world.patch("sim", "away-changed", {"state": "Disabled"})
        world.delete("away-deleted")
        created = world.sim("away-created", world.fresh(), state="Disabled")
        time.sleep(seconds)
        assert world.operator.get("/healthz")[0] == 200
        world.api_gate.mend()
        world.becomes(drifting, status="Enabled", label="mine")
        world.becomes(changed, status="Disabled")
        world.becomes(created, status="Disabled")
        world.until_acknowledged("away-created", "Reconciled")
        ghost_is_gone(world)
        since = world.simulator.last_entry()
        world.simulator.patch_sim(deleted, label="theirs")
        world.sweeps(2)
        assert not world.puts(deleted, since)


def ghost_is_gone(world: GatedWorld) -> None:
    """Wait until the operator holds as many SIMs as there are."""
    world.until(
        lambda: (
            world.operator.metric("sim_operator_store_objects", kind="SIM")
            == len(world.listed("sim"))
        ),
        "nothing is held that is not there",
    )


def test_a_network_that_swallows_everything_is_noticed(
    stage: Stage, tried: Tried, effort: Effort
) -> None:
    seconds = 100.0 if effort is Effort.LONG else 5.0
    what = "packets to the API server swallowed while a spec changes"
    with stage.trial(tried, what, before=seconds + 60, seconds=150) as world:
        iccid = world.new("swallowed", state="Enabled")
        world.api_gate.cut(hang=True)
        world.patch("sim", "swallowed", {"label": "after"})
        time.sleep(seconds)
        world.api_gate.mend()
        world.until(lambda: world.at_1nce(iccid)["label"] == "after", "it is seen", 150)


def test_no_disable_without_its_place_in_the_budget_on_disk(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "reservations of disables refused by the API server") as world:
        iccid = world.new("unreserved", state="Enabled")
        rule = world.api_gate.on(of("default", "simaccounts"), Refuse(500))
        since = world.simulator.last_entry()
        world.patch("sim", "unreserved", {"state": "Disabled"})
        world.until(lambda: rule.hits >= 2, "the reservation is refused")
        assert not world.puts(iccid, since)
        rule.remove()
        world.becomes(iccid, status="Disabled")


def test_pages_that_shift_under_a_sweep_lose_no_sim(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "SIMs bought and transferred between the pages of a sweep") as world:
        names = {f"page-{number}": world.iccids[-number - 1] for number in range(4)}
        world.many(names, {"state": "Enabled", "label": "mine"})
        for name in names:
            world.until_acknowledged(name, "Reconciled")
        shifts = 0

        def shift(asked: Asked) -> None:
            nonlocal shifts
            shifts += 1
            if shifts % 2:
                # All that follow move up by one: the first of the next page is never shown.
                world.simulator.transfer_away(spare.pop())
            else:
                world.simulator.add_sims(3)

        spare = [world.fresh() for _ in range(3)]
        since = world.simulator.last_entry()
        page = world.onence_gate.on(first_page, After(shift), times=6)
        world.until(lambda: page.hits == 6, "six sweeps saw shifting pages")
        world.sweeps(2)
        for name in names:
            mine = [one for one in stage.history.versions("sims") if one.name == name]
            reasons = {
                condition["reason"]
                for one in mine
                for condition in one.status.get("conditions") or ()
            }
            assert "NotFound" not in reasons
        assert not [one for iccid in names.values() for one in world.puts(iccid, since)]


def first_page(asked: Asked) -> bool:
    """Matches the first page of a sweep."""
    return asked.path.endswith("/v2/sims") and asked.query.get("page") == "1"


def test_a_write_to_1nce_whose_answer_is_lost_is_settled_by_reading(
    stage: Stage, tried: Tried
) -> None:
    with stage.trial(tried, "write at 1NCE carried out, its answer lost") as world:
        iccid = world.new("ambiguous", state="Enabled", label="before")
        rule = world.onence_gate.on(is_write, LoseAnswer(), times=1)
        since = world.simulator.last_entry()
        world.patch("sim", "ambiguous", {"label": "after"})
        world.until_acknowledged("ambiguous", "Reconciled")
        assert rule.hits == 1
        bodies = [one["write"]["after"]["label"] for one in world.puts(iccid, since)]
        assert bodies == ["after"]


def test_a_write_to_1nce_that_never_arrived_is_sent_again(stage: Stage, tried: Tried) -> None:
    with stage.trial(tried, "write at 1NCE lost on its way") as world:
        iccid = world.new("lost-write", state="Enabled", label="before")
        rule = world.onence_gate.on(is_write, Before(lambda _: Then.DROP), times=1)
        world.patch("sim", "lost-write", {"label": "after"})
        world.becomes(iccid, label="after")
        world.until_acknowledged("lost-write", "Reconciled")
        assert rule.hits == 1
        assert json.dumps(world.status("lost-write"))
