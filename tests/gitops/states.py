"""Real objects in every state: what the API server holds once the operator has spoken.

One operator and one simulated 1NCE with several customers. The states are prepared first and then
waited for, so that they come about side by side.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import Cluster
from tests.gitops.collection import Collection
from tests.gitops.policy_states import policies
from tests.integration.policy_worlds import policy_world
from tests.integration.sim_worlds import SimWorld
from tests.integration.tenants import Tenant, Tenants
from tests.integration.world import Json

LIST = {"operation": "listSims"}
LONG_SECONDS = 300.0


@contextmanager
def collected(cluster: Cluster, kubeconfig: Path, folder: Path) -> Iterator[dict[str, Json]]:
    """Every state that can be reached, by its title; the world is there while they are read."""
    account = {"protection": {"maxMissing": "100%"}}
    with policy_world(cluster, kubeconfig, folder, account=account, speed=1.0) as fleets:
        found = Collection(fleets.world)
        tenants = Tenants(fleets.world)
        guarded = _accounts(found, tenants)
        troubled = _accounts_before_trouble(found, tenants)
        use_up = policies(found, fleets)
        _sims(found, fleets.world)
        found.gather()
        _trouble(found, *troubled)
        _deletion(found, guarded)
        use_up()
        found.gather()
        _unconsidered(found, fleets.world)
        yield found.objects
        _let_go(fleets.world)


# Accounts, with SIMs where these show it


def _accounts(found: Collection, tenants: Tenants) -> Tenant:
    """Accounts that get no further than their first look; the one whose budget is 0."""
    found.expect("account that is read", "simaccount", "default", "Reconciled", "InSync")
    paused = tenants.new()
    paused.account(mode="Paused")
    found.expect("paused account", "simaccount", paused.name, "Paused")
    _with_sim(found, paused, "sim of a paused account", "AccountNotReady")
    refused = tenants.new()
    refused.account()
    refused.secret(f"{refused.name}-credentials", client_secret="wrong")
    found.expect("refused credentials", "simaccount", refused.name, "InvalidCredentials")
    _with_sim(found, refused, "sim of an account with refused credentials", "AccountNotReady")
    refused.account("secretless", credentialsSecretRef={"name": "nowhere"})
    found.expect("missing secret", "simaccount", "secretless", "SecretNotFound")
    refused.account("misdirected", endpoint="https://1nce.example/management-api")
    found.expect("foreign endpoint", "simaccount", "misdirected", "EndpointNotAllowed")
    older = tenants.new()
    older.account()
    older.is_ready()
    twin = tenants.again(older, "twin", "twin-client")
    twin.account()
    found.expect("second account of the same SIMs", "simaccount", "twin", "DuplicateAccount")
    guarded = tenants.new()
    guarded.account(protection={"maxDisablesPerHour": 0})
    _with_sim(found, guarded, "sim over the disable budget", "DisableHeld", state="Disabled")
    guarded.sim("leaving", 1, deletionPolicy="Disable", state="Enabled")
    found.expect("sim that is disabled when deleted", "sim", "leaving", "Reconciled", "InSync")
    return guarded


def _with_sim(found: Collection, tenant: Tenant, title: str, reason: str, **spec: str) -> None:
    name = f"of-{tenant.name}"
    tenant.sim(name, **spec)
    found.expect(title, "sim", name, reason)


def _accounts_before_trouble(found: Collection, tenants: Tenants) -> tuple[Tenant, Tenant, Tenant]:
    lost, limited, doubted = (tenants.new() for _ in range(3))
    for title, one in (("lost", lost), ("limited", limited), ("doubted", doubted)):
        one.account()
        found.expect(
            f"{title} account before its trouble", "simaccount", one.name, "Reconciled", "InSync"
        )
    _with_sim(found, lost, "sim before the outage", "Reconciled", state="Enabled")
    return lost, limited, doubted


def _trouble(found: Collection, lost: Tenant, limited: Tenant, doubted: Tenant) -> None:
    lost.fault("status", status=503)
    found.expect("unreachable account", "simaccount", lost.name, "Unreachable")
    found.expect("sim out of sight", "sim", f"of-{lost.name}", "Stale")
    limited.fault("status", LIST, status=429, headers={"Retry-After": "1"})
    found.expect("rate limited account", "simaccount", limited.name, "RateLimited")
    doubted.fault("empty-list", LIST)
    found.expect("sweep that is not believed", "simaccount", doubted.name, "SweepRejected")


def _deletion(found: Collection, guarded: Tenant) -> None:
    guarded.kubectl("delete", "sim", "leaving", "--wait=false")
    found.expect_deleting("sim whose deletion waits", "leaving", "DisableHeld")


# SIMs


def _sims(found: Collection, world: SimWorld) -> None:
    world.sim("plain", world.fresh(), state="Enabled")
    found.expect("sim as wished", "sim", "plain", "Reconciled", "InSync")
    watched = world.sim("watched", world.fresh(), label="mine", managementPolicy="Observe")
    assert world.at_1nce(watched)["label"] != "mine"
    found.expect("watched sim that differs", "sim", "watched", "Observing", "Drifted")
    world.sim("paused", world.fresh(), suspend=True, label="mine")
    found.expect("suspended sim that differs", "sim", "paused", "Suspended", "Drifted")
    world.sim("orphan", world.fresh(), accountRef={"name": "nobody"})
    found.expect("sim without an account", "sim", "orphan", "AccountNotFound")
    strict = {"from": "Selector", "selector": {"matchLabels": {"nobody": "has-this"}}}
    world.account("strict", mode="Observe", allowedNamespaces=strict)
    world.sim("stranger", world.fresh(), accountRef={"name": "strict"})
    found.expect("sim whose account does not allow it", "sim", "stranger", "AccountNotAllowed")
    world.sim("ghost", "8988303999999999999")
    found.expect("sim that 1NCE does not have", "sim", "ghost", "NotFound", "NotObserved")
    _claimed_twice(found, world)
    _failing(found, world)
    _contested(found, world)


def _claimed_twice(found: Collection, world: SimWorld) -> None:
    iccid = world.sim("first", world.fresh())
    world.until_reason("first", "Reconciled")
    world.sim("second", iccid)
    found.expect("second claim of a SIM", "sim", "second", "Conflict")


def _failing(found: Collection, world: SimWorld) -> None:
    refused, late, over, empty = (world.fresh() for _ in range(4))
    world.fault("status", refused, "updateSim", status=500)
    world.sim("refused", refused, label="mine")
    found.expect("sim whose write fails", "sim", "refused", "Failed", "WriteFailed")
    world.fault("apply-late", late, "updateSim", seconds=LONG_SECONDS)
    world.sim("late", late, label="mine")
    found.expect("sim that is being changed", "sim", "late", "Progressing", "Pending")
    world.simulator.patch_sim(over, expired=True)
    world.sim("over", over, label="mine")
    found.expect("expired sim", "sim", "over", "Expired", "WriteFailed")
    world.simulator.patch_sim(empty, remaining_data_mb=0)
    world.sim("empty", empty)
    found.expect("sim without data left", "sim", "empty", "QuotaExhausted", "InSync")


def _contested(found: Collection, world: SimWorld) -> None:
    iccid = world.fresh()
    world.sim("contested", iccid, label=world.at_1nce(iccid)["label"])
    world.until_reason("contested", "Reconciled")
    for count in range(1, 4):
        world.simulator.patch_sim(iccid, label="theirs")
        world.until_told("contested", count)
    world.simulator.patch_sim(iccid, label="theirs")
    found.expect("sim that somebody keeps changing", "sim", "contested", "Progressing", "Contested")


# What nobody has looked at


def _unconsidered(found: Collection, world: SimWorld) -> None:
    """The last state, because the operator ends before it: changed specs and new objects."""
    world.operator.stop()
    for kind, name, spec in (
        ("sim", "plain", {"label": "changed"}),
        ("simaccount", "default", {"mode": "Observe"}),
        ("quotapolicy", "idle", {"priority": 1}),
    ):
        world.patch(kind, name, spec)
        found.take(f"{kind} that was changed since", kind, name)
    world.sim("new", world.fresh())
    world.account("new")
    body = world.manifest("QuotaPolicy", "new", {"selector": {}, "data": {"perSIM": "1Gi"}})
    world.apply(body)
    for kind in ("sim", "simaccount", "quotapolicy"):
        found.take(f"{kind} that is new", kind, "new")


def _let_go(world: SimWorld) -> None:
    """The operator has ended, and the namespace shall not wait for it."""
    for kind in ("sim", "simaccount"):
        for obj in world.listed(kind):
            if obj["metadata"].get("finalizers"):
                free = '{"metadata":{"finalizers":null}}'
                world.kubectl("patch", kind, obj["metadata"]["name"], "--type=merge", "-p", free)
