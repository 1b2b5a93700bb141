"""Policies in every state, and SIMs that policies decide about."""

from collections.abc import Callable

from tests.gitops.collection import Collection
from tests.integration.policy_worlds import Fleet, Fleets


def policies(found: Collection, fleets: Fleets) -> Callable[[], None]:
    """Policies from their first look on; what comes after it is done by what is returned."""
    _idle(found, fleets.new())
    _unheard(found, fleets.new())
    _without_account(found, fleets.new())
    _of_no_time_zone(found, fleets.new())
    steps = (
        _takes_out(found, fleets.new()),
        _spares(found, fleets.new()),
        _loses_sight(found, fleets.new()),
    )

    def go_on() -> None:
        for step in steps:
            step()

    return go_on


def _idle(found: Collection, fleet: Fleet) -> None:
    fleet.policy("idle")
    found.expect("policy without a match", "quotapolicy", "idle", "NoMatch")


def _unheard(found: Collection, fleet: Fleet) -> None:
    _silent(fleet)
    fleet.policy()
    found.expect("policy that reads for the first time", "quotapolicy", fleet.limit, "Progressing")


def _silent(fleet: Fleet) -> None:
    """A SIM of the fleet of which 1NCE tells nothing but that it is there."""
    world = fleet.world
    iccid = world.fresh()
    world.simulator.fault("status", match={"path": f"/{iccid}"}, status=503)
    world.sim(f"{fleet.name}-silent", iccid, labels=fleet.labels)


def _without_account(found: Collection, fleet: Fleet) -> None:
    fleet.sims(1, accountRef={"name": "nobody"})
    fleet.policy()
    title = "policy over a sim without an account"
    found.expect(title, "quotapolicy", fleet.limit, "AccountNotReady")


def _of_no_time_zone(found: Collection, fleet: Fleet) -> None:
    fleet.sims(1)
    fleet.policy(timeZone="Europe/Nowhere")
    found.expect("policy of no time zone", "quotapolicy", fleet.limit, "InvalidTimeZone")


def _takes_out(found: Collection, fleet: Fleet) -> Callable[[], None]:
    (heavy,) = fleet.sims(1)
    fleet.policy()
    found.expect("policy in force", "quotapolicy", fleet.limit, "Reconciled")

    def step() -> None:
        fleet.use(heavy, 41)
        found.expect("sim over its limit", "sim", heavy.name, "DisabledByPolicy", "InSync")

    return step


def _spares(found: Collection, fleet: Fleet) -> Callable[[], None]:
    (spared,) = fleet.sims(1)
    fleet.policy(maxDisabled=0)
    found.expect("policy that may disable nobody", "quotapolicy", fleet.limit, "Reconciled")

    def step() -> None:
        fleet.use(spared, 41)
        title = "sim over its limit that a guard keeps on"
        found.expect(title, "sim", spared.name, "DisableHeld", "DisableHeld")

    return step


def _loses_sight(found: Collection, fleet: Fleet) -> Callable[[], None]:
    fleet.sims(1)
    fleet.policy()
    found.expect("policy before a sim joins", "quotapolicy", fleet.limit, "Reconciled")

    def step() -> None:
        _silent(fleet)
        title = "policy over a sim of unknown use"
        found.expect(title, "quotapolicy", fleet.limit, "UsageUnknown")

    return step
