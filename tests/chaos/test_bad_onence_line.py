"""The way to 1NCE is broken, or leads to somebody else: shown, waited for, and never acted upon."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chaos.gated import GatedWorld, gated
from tests.chaos.history import History
from tests.chaos.promises import Told, kept
from tests.chaos.table import Tried
from tests.cluster import Cluster
from tests.integration.tenants import Tenants
from tests.integration.world import Json

_PATIENCE: Final = 90.0
_NO_HOST: Final = "http://no-such-host.invalid/management-api"


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GatedWorld]:
    folder = tmp_path_factory.mktemp("line")
    with gated(
        cluster, operator_kubeconfig, folder, sims=16, api=False, onence=True, start=False
    ) as made:
        port = made.onence_gate.url.rsplit(":", 1)[1]
        endpoints = [made.onence_gate.url, f"https://127.0.0.1:{port}", _NO_HOST]
        made.operator.set("allowed_endpoints", ",".join(endpoints))
        with History(cluster, [made.namespace]) as history:
            made.begin()
            yield made
            kept(made, history, Told(requests_per_second=10))


def _endpoint(address: str) -> Callable[[GatedWorld], None]:
    def break_(world: GatedWorld) -> None:
        world.patch("simaccount", "default", {"endpoint": address or _tls(world)})

    return break_


def _tls(world: GatedWorld) -> str:
    """Where nobody speaks TLS."""
    return world.onence_gate.url.replace("http:", "https:") + "/management-api"


def _mend(world: GatedWorld) -> None:
    world.onence_gate.mend()
    endpoint = f"{world.onence_gate.url}/management-api"
    if (world.get("simaccount", "default") or {})["spec"]["endpoint"] != endpoint:
        world.patch("simaccount", "default", {"endpoint": endpoint})


BREAKS: Final[dict[str, Callable[[GatedWorld], Any]]] = {
    "connections are refused": lambda world: world.onence_gate.cut(),
    "connections are half open and nothing comes through": lambda world: world.onence_gate.cut(
        hang=True
    ),
    "the name is not known any more": _endpoint(_NO_HOST),
    "nobody speaks TLS there": _endpoint(""),
}


_SLOW: Final = ("connections are half open and nothing comes through", "nobody speaks TLS there")


@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=[pytest.mark.long] * (how in _SLOW)) for how in BREAKS]
)
def test_a_broken_line_is_shown_and_everything_goes_on_when_it_is_mended(
    world: GatedWorld, tried: Tried, how: str
) -> None:
    tried("bad 1NCE", how)
    name = f"line-{list(BREAKS).index(how)}"
    kept_on = world.new(f"{name}-on", state="Enabled")
    changed = world.new(f"{name}-changed", state="Enabled")
    before = world.simulator.last_entry()

    BREAKS[how](world)
    world.patch("sim", f"{name}-changed", {"state": "Disabled"})
    world.simulator.patch_sim(kept_on, status="Disabled")
    world.until(lambda: _is_unreachable(world), f"the account tells that {how}", _PATIENCE)
    world.until(
        lambda: world.condition(f"{name}-on")["reason"] == "Stale", "SIMs are stale", _PATIENCE
    )
    assert world.condition(f"{name}-changed", "Synced")["reason"] != "InSync"
    assert world.at_1nce(changed)["status"] == "Enabled"
    assert not [one for one in world.simulator.journal(since=before) if one["write"]]

    _mend(world)
    for sim in (f"{name}-on", f"{name}-changed"):
        world.until(
            lambda sim=sim: world.condition(sim)["reason"] == "Reconciled",  # type: ignore[misc]
            f"{sim} is reconciled",
            _PATIENCE,
        )
    assert world.at_1nce(changed)["status"] == "Disabled"
    assert world.at_1nce(kept_on)["status"] == "Enabled"


def _is_unreachable(world: GatedWorld) -> bool:
    return bool(world.condition("default", kind="simaccount").get("reason") == "Unreachable")


def test_credentials_of_another_customer_change_nothing_at_either(
    world: GatedWorld, tried: Tried
) -> None:
    tried("bad 1NCE", "credentials of another customer")
    mine = world.new("swapped", state="Enabled")
    Tenants(world).allow("other-client", "other-secret", "another", 14)
    before = world.simulator.last_entry()
    world.secret("default-credentials", "other-client", "other-secret")
    world.until_reason("default", "SweepRejected", kind="simaccount")
    world.patch("sim", "swapped", {"state": "Disabled"})
    world.simulator.patch_sim(mine, label="by hand")
    waiting = world.until(lambda: _waits(world, "swapped"), "the SIM waits", _PATIENCE)
    assert "not believed" in waiting["message"]
    assert not [one for one in world.simulator.journal(since=before) if one["write"]]

    world.secret("default-credentials")
    world.until_reason("default", "Reconciled", kind="simaccount")
    world.becomes(mine, status="Disabled")
    world.until_acknowledged("swapped", "Reconciled")
    strangers = [one["status"] for one in world.simulator.sims("another")]
    assert strangers == ["Enabled"] * 14


def _waits(world: GatedWorld, sim: str) -> Json | None:
    found = world.condition(sim, "Synced")
    return found if found.get("reason") == "Pending" else None


@pytest.mark.parametrize("answer", [pytest.param(403, marks=pytest.mark.long), 404])
def test_a_sim_that_was_away_is_as_its_resource_says_when_it_is_back(
    world: GatedWorld, tried: Tried, answer: int
) -> None:
    tried("bad 1NCE", f"a SIM is transferred away ({answer}) and back")
    name = f"away-{answer}"
    iccid = world.new(name, state="Enabled", label="mine")
    world.simulator.transfer_away(iccid, answer)
    world.until(lambda: world.condition(name)["reason"] == "NotFound", "it is not found", _PATIENCE)
    before = world.simulator.last_entry()
    world.patch("sim", name, {"label": "still mine"})
    world.until_acknowledged(name, "NotFound")
    assert not [
        one
        for one in world.simulator.journal(since=before)
        if one["operation"] == "updateSim" and iccid in one["path"]
    ]
    # Whoever had it meanwhile switched it off.
    world.simulator.patch_sim(iccid, status="Disabled", label="theirs", present=True)
    world.becomes(iccid, status="Enabled", label="still mine")
    world.until_acknowledged(name, "Reconciled")
