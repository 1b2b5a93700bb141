"""What ought to be, by the words of the documentation: a second opinion that shares no decision.

It is told what is in the cluster, what 1NCE has, and what was possible on the way there. Where the
way decides (who came first, what a policy had seen), it says which ends are possible; elsewhere it
says the one end.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import available_timezones

from tests.chaos.oracle_scene import (
    FIELDS,
    Past,
    Scene,
    account_of,
    acknowledged,
    budget_of,
    conditions_of,
    customer_of,
    iccid_of,
    is_plain,
    key_of,
    limiting,
    may_act,
    obstacle,
    wishes,
)
from tests.integration.world import Json

__all__ = ["Past", "Scene", "verdicts"]

FINALIZER = "sim-operator.io/disable"
_HARMLESS_BUDGET = 100
_UNUSED_MEGABYTES = 41.0


def verdicts(scene: Scene, cards: Mapping[str, Json], past: Past) -> Iterator[str]:
    """What is not as it should be; nothing where all is well. `cards`: 1NCE's SIMs by ICCID."""
    claims = _claims(scene, cards, past)
    for account in scene.accounts:
        yield from _account(scene, account, past)
    for policy in scene.policies:
        yield from _policy(policy)
    for sim in scene.sims:
        yield from _sim(scene, sim, cards, past, claims)
    for iccid, found in claims.items():
        if cards[iccid]["present"] and all(_is_read(scene, one, past) for one in found):
            yield from _one_holder(iccid, found)
    acting = {
        iccid: sim
        for iccid, holders in claims.items()
        for sim in holders
        if len(holders) == 1 and may_act(scene, sim)
    }
    for iccid, card in cards.items():
        for name in FIELDS:
            if card[name] not in past.possible[iccid, name]:
                yield f"SIM {iccid} has {name} {card[name]!r}, which nobody asked for"
        if iccid in acting:
            yield from _as_wished(scene, acting[iccid], card, past)


def _is_read(scene: Scene, sim: Json, past: Past) -> bool:
    account = account_of(scene, sim)
    assert not isinstance(account, str)
    return is_plain(scene, account, past) and not obstacle(scene, account)


def _one_holder(iccid: str, found: Sequence[Json]) -> Iterator[str]:
    reasons = [conditions_of(one).get("Ready", {}).get("reason") for one in found]
    holders = [key_of(one) for one, why in zip(found, reasons, strict=True) if why != "Conflict"]
    if len(holders) > 1:
        yield f"{' and '.join(holders)} both hold {iccid}"
    if not holders:
        yield f"nobody holds {iccid}: {' and '.join(map(key_of, found))} are in conflict"


# Resources


def _account(scene: Scene, account: Json, past: Past) -> Iterator[str]:
    name, metadata = key_of(account), account["metadata"]
    conditions = conditions_of(account)
    yield from acknowledged(f"account {name}", account)
    if "deletionTimestamp" in metadata or not is_plain(scene, account, past):
        return
    wanted = obstacle(scene, account) or "Reconciled"
    found = conditions.get("Ready", {}).get("reason")
    if found != wanted:
        yield f"account {name} is {found}, wanted {wanted}"


def _policy(policy: Json) -> Iterator[str]:
    if "deletionTimestamp" in policy["metadata"]:
        return
    name = key_of(policy)
    yield from acknowledged(f"policy {name}", policy)
    zone = policy["spec"].get("timeZone", "Etc/UTC")
    invalid = zone not in available_timezones()
    found = conditions_of(policy).get("Ready", {}).get("reason")
    if invalid != (found == "InvalidTimeZone"):
        yield f"policy {name} is {found}, its time zone is {zone}"


def _claims(scene: Scene, cards: Mapping[str, Json], past: Past) -> dict[str, list[Json]]:
    """By ICCID: the resources that may hold it. Those that are being deleted come last."""
    claims: dict[str, list[Json]] = defaultdict(list)
    for sim in scene.sims:
        account, card = account_of(scene, sim), cards.get(iccid_of(sim))
        if isinstance(account, str) or card is None:
            continue
        read = past.customers.get(account["metadata"]["uid"], set())
        if card["customer"] in read:
            claims[iccid_of(sim)].append(sim)
    for iccid, found in claims.items():
        live = [one for one in found if "deletionTimestamp" not in one["metadata"]]
        claims[iccid] = live or found
    return claims


def _sim(
    scene: Scene,
    sim: Json,
    cards: Mapping[str, Json],
    past: Past,
    claims: Mapping[str, list[Json]],
) -> Iterator[str]:
    name = f"SIM {key_of(sim)}"
    if "deletionTimestamp" in sim["metadata"]:
        yield from _leaving(scene, sim, cards, past, claims)
        return
    yield from acknowledged(name, sim)
    conditions = conditions_of(sim)
    ready = conditions.get("Ready", {}).get("reason", "")
    wanted = _reasons(scene, sim, cards, past, claims)
    if wanted and ready not in wanted:
        yield f"{name} is {ready}, wanted {' or '.join(sorted(wanted))}"
    yield from _truthful(name, sim, ready, cards)


def _reasons(
    scene: Scene,
    sim: Json,
    cards: Mapping[str, Json],
    past: Past,
    claims: Mapping[str, list[Json]],
) -> set[str]:
    """The reasons of Ready that a SIM may have; empty: whatever it says."""
    account = account_of(scene, sim)
    if isinstance(account, str):
        return {account}
    holders, card = claims.get(iccid_of(sim), []), cards.get(iccid_of(sim))
    contested = len(holders) > 1 or (bool(holders) and sim not in holders)
    conflict = {"Conflict"} if contested else set()
    read = any(_is_read(scene, one, past) for one in holders)
    if read and sim not in holders and card is not None and card["present"]:
        return conflict  # while it is away or not read, whoever could not look yet may hold it
    if sim["spec"].get("suspend"):
        return {"Suspended"} | conflict
    if obstacle(scene, account) == "Unreachable":
        return set()  # an outage: what was true before is said until it is old
    if obstacle(scene, account):
        return {"AccountNotReady"} | conflict
    if not is_plain(scene, account, past):
        return set()
    if card is None or not card["present"] or card["customer"] != customer_of(scene, account):
        return {"NotFound"} | conflict
    if not may_act(scene, sim):
        return {"Observing", "QuotaExhausted"} | conflict
    return _settled_reasons(scene, sim, card, account) | conflict


def _settled_reasons(scene: Scene, sim: Json, card: Json, account: Json) -> set[str]:
    reasons = {"Reconciled"}
    if card["expired"]:
        reasons = {"Expired", "Reconciled"}
    if budget_of(account) < _HARMLESS_BUDGET:
        reasons |= {"DisableHeld"}
    if limiting(scene, sim):
        # A policy decides from what it has seen, which is its own business here.
        reasons |= {"DisabledByPolicy", "DisableHeld", "Progressing"}
    return reasons


def _truthful(name: str, sim: Json, ready: str, cards: Mapping[str, Json]) -> Iterator[str]:
    """What a status shows of 1NCE has to be there, and what it says has to be so."""
    status, card = sim.get("status", {}), cards.get(iccid_of(sim))
    if ready == "Conflict":
        shown = sorted({"iccid", "state", "label", "imsi", "quota"} & set(status))
        if shown:
            yield f"{name} is in conflict and shows {shown}"
    if card is None or not card["present"]:
        return
    if ready in ("Reconciled", "Observing", "DisabledByPolicy", "Expired"):
        if status.get("state") != card["status"]:
            yield f"{name} shows {status.get('state')}, 1NCE has {card['status']}"
        if (status.get("label") or "") != (card["label"] or "")[:256]:
            yield f"{name} shows label {status.get('label')!r}, 1NCE has {card['label']!r}"
    synced = conditions_of(sim).get("Synced", {}).get("reason")
    differing = [of for of, value in wishes(sim).items() if card[of] != value]
    if ready == "DisabledByPolicy":
        differing = [of for of in differing if of != "status"]
        if not (status.get("policy") or {}).get("hold"):
            yield f"{name} is off by a policy, and no hold says so"
    if ready in ("Observing", "Suspended") and status.get("state"):
        wanted = "Drifted" if differing else "InSync"
        if ready == "Observing" and synced != wanted:
            yield f"{name} is Synced {synced}, wanted {wanted}: {differing}"
    elif synced == "InSync" and differing:
        yield f"{name} is said to be in sync, and differs in {differing}"


def _leaving(
    scene: Scene,
    sim: Json,
    cards: Mapping[str, Json],
    past: Past,
    claims: Mapping[str, list[Json]],
) -> Iterator[str]:
    """A resource that is being deleted: whether it still has to wait."""
    name, metadata = f"SIM {key_of(sim)}", sim["metadata"]
    if FINALIZER not in (metadata.get("finalizers") or ()):
        return
    account = account_of(scene, sim)
    if isinstance(account, str):
        yield f"{name} is being deleted and waits, though it has no account: {account}"
        return
    spec = sim["spec"]
    let_go = (
        spec.get("deletionPolicy", "Retain") == "Retain"
        or spec.get("managementPolicy") == "Observe"
        or spec.get("suspend")
        or sim not in claims.get(iccid_of(sim), [sim])
    )
    if let_go:
        yield f"{name} is being deleted and waits for nothing"
        return
    waits = bool(obstacle(scene, account)) or account["spec"].get("mode") == "Observe"
    waits = waits or not is_plain(scene, account, past) or budget_of(account) < _HARMLESS_BUDGET
    if not waits:
        yield f"{name} is being deleted and waits, though it can be disabled"


def _as_wished(scene: Scene, sim: Json, card: Json, past: Past) -> Iterator[str]:
    """1NCE is as the one resource says that holds the SIM and may act."""
    account = account_of(scene, sim)
    assert not isinstance(account, str)
    if not card["present"] or card["expired"] or not is_plain(scene, account, past):
        return
    if card["customer"] != customer_of(scene, account):
        return
    name = f"SIM {key_of(sim)}"
    for of, value in wishes(sim).items():
        if card[of] == value:
            continue
        if of == "status" and _may_differ(scene, sim, account, value, past):
            continue
        yield f"{name} wants {of} {value!r}, 1NCE has {card[of]!r}"


def _may_differ(scene: Scene, sim: Json, account: Json, value: str, past: Past) -> bool:
    if "deletionTimestamp" in sim["metadata"]:
        return True
    if value == "Disabled":
        return budget_of(account) < _HARMLESS_BUDGET
    hold = ((sim.get("status") or {}).get("policy") or {}).get("hold")
    used = past.used.get(iccid_of(sim), 0.0)
    reached = [one for one in limiting(scene, sim) if past.turned or _reached(one, used)]
    return bool(hold and reached)


def _reached(policy: Json, megabytes: float) -> bool:
    """Whether so much use may be over a limit of it; by themselves devices use little."""
    spec = policy["spec"]
    data, sms = spec.get("data") or {}, spec.get("sms") or {}
    if sms or "pool" in data:
        return True
    limit = str(data.get("perSIM", ""))
    return megabytes >= _UNUSED_MEGABYTES or limit in ("0", "1")
