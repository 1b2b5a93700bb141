"""What may be by now, judged from what stood in the cluster on the way: the oracle's memory."""

from collections.abc import Mapping

from tests.chaos.oracle_scene import (
    FIELDS,
    Past,
    Scene,
    account_of,
    iccid_of,
    limiting,
    obstacle,
    owner_of,
    wants,
    wishes,
)
from tests.integration.world import Json


def at_rest(past: Past, scene: Scene, cards: Mapping[str, Json]) -> None:
    """What is true now is where everything goes on from. `cards`: 1NCE's SIMs by ICCID."""
    past.possible.clear()
    past.able.clear()
    past.turned = False
    for iccid, card in cards.items():
        for name in FIELDS:
            past.allow(iccid, name, card[name])
    looked_at(past, scene)


def looked_at(past: Past, scene: Scene) -> None:
    """Whatever a resource asks for at this moment may come true."""
    for account in scene.accounts:
        uid = account["metadata"]["uid"]
        read = past.customers.setdefault(uid, set())
        owner = owner_of(scene, account)
        if owner and not obstacle(scene, account):
            read.add(owner)
            past.able.add(uid)
    for sim in scene.sims:
        account_or_reason = account_of(scene, sim)
        if isinstance(account_or_reason, str) or not wants(scene, sim):
            continue
        if account_or_reason["metadata"]["uid"] in past.able:
            _asked(past, scene, sim)


def _asked(past: Past, scene: Scene, sim: Json) -> None:
    for name, value in wishes(sim).items():
        past.allow(iccid_of(sim), name, value)
    leaves = sim["spec"].get("deletionPolicy") == "Disable"
    if limiting(scene, sim) or leaves:
        past.allow(iccid_of(sim), "status", "Disabled")
    hold = ((sim.get("status") or {}).get("policy") or {}).get("hold") or {}
    if hold.get("stateBefore") == "Enabled":
        past.allow(iccid_of(sim), "status", "Enabled")
