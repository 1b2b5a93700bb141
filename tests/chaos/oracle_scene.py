"""The cluster and 1NCE as the oracle sees them, and what can be read off them at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.integration.world import Json

FIELDS = ("status", "label", "imei_lock")
"""What can be written at 1NCE."""


@dataclass(frozen=True)
class Scene:
    """Everything that matters at one moment."""

    sims: Sequence[Json]
    accounts: Sequence[Json]
    policies: Sequence[Json]
    labels: Mapping[str, Mapping[str, str]]
    """Of the namespaces."""
    secrets: Mapping[str, str]
    """By `namespace/name`: the customer whose credentials it holds, or "" where they are wrong."""
    default_account: str
    endpoint: str
    """The only one that the operator may call."""


@dataclass
class Past:
    """What happened until then, as far as it decides."""

    possible: dict[tuple[str, str], set[object]] = field(default_factory=dict)
    """By ICCID and field: what it may be by now, since something has asked for it."""
    customers: dict[str, set[str]] = field(default_factory=dict)
    """By uid of an account: every customer whose SIMs it may have read."""
    used: dict[str, float] = field(default_factory=dict)
    """By ICCID: megabytes in this period."""
    turned: bool = False
    """Whether a period has ended since the last time that everything was at rest."""
    able: set[str] = field(default_factory=set)
    """Uids of accounts that could be read since all was at rest: an end of that is seen later."""

    def allow(self, iccid: str, name: str, value: object) -> None:
        """From now on, a field of a SIM may have this value."""
        self.possible.setdefault((iccid, name), set()).add(value)


def key_of(body: Json) -> str:
    """`namespace/name`."""
    return f"{body['metadata']['namespace']}/{body['metadata']['name']}"


def customer_of(scene: Scene, account: Json) -> str | None:
    """Whose SIMs an account reads at the moment; None where it reads none."""
    return None if obstacle(scene, account) else scene.secrets[_secret(account)]


def owner_of(scene: Scene, account: Json) -> str | None:
    """The customer whose credentials an account names, whether or not it is read with them."""
    return scene.secrets.get(_secret(account))


def obstacle(scene: Scene, account: Json) -> str:
    """The reason of an account that cannot be read, empty where it can."""
    spec = account["spec"]
    if spec.get("mode") == "Paused":
        return "Paused"
    if spec.get("endpoint") != scene.endpoint:
        return "EndpointNotAllowed"
    if spec.get("caBundleConfigMapRef"):
        return "Unreachable"
    customer = owner_of(scene, account)
    if customer is None:
        return "SecretNotFound"
    return "" if customer else "InvalidCredentials"


def _secret(account: Json) -> str:
    name = account["spec"]["credentialsSecretRef"]["name"]
    return f"{account['metadata']['namespace']}/{name}"


def is_plain(scene: Scene, account: Json, past: Past) -> bool:
    """Whether nothing of the past decides about it: it read one customer, and nobody else did."""
    mine = past.customers.get(account["metadata"]["uid"], set())
    others = [
        past.customers.get(one["metadata"]["uid"], set())
        for one in scene.accounts
        if one is not account
    ]
    return len(mine) <= 1 and not any(mine & theirs for theirs in others)


def account_of(scene: Scene, sim: Json) -> Json | str:
    """The account that acts for a SIM, or the reason why there is none."""
    reference = sim["spec"].get("accountRef")
    key = scene.default_account
    if reference:
        namespace = reference.get("namespace") or sim["metadata"]["namespace"]
        key = f"{namespace}/{reference['name']}"
    account = next((one for one in scene.accounts if key_of(one) == key), None)
    if account is None:
        return "AccountNotFound"
    return account if _admits(scene, account, sim) else "AccountNotAllowed"


def _admits(scene: Scene, account: Json, sim: Json) -> bool:
    allowed = account["spec"].get("allowedNamespaces") or {}
    namespace = sim["metadata"]["namespace"]
    match allowed.get("from", "Same"):
        case "All":
            return True
        case "Selector":
            return selects(allowed["selector"], scene.labels.get(namespace, {}))
        case _:
            return bool(namespace == account["metadata"]["namespace"])


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    """Kubernetes' label selectors."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for one in selector.get("matchExpressions") or ():
        key, values = one["key"], one.get("values") or ()
        holds = {
            "In": key in labels and labels[key] in values,
            "NotIn": key not in labels or labels[key] not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }[one["operator"]]
        if not holds:
            return False
    return True


def iccid_of(sim: Json) -> str:
    """The 19 digits that it names."""
    return str(sim["spec"].get("iccid", ""))[:19]


def may_act(scene: Scene, sim: Json) -> bool:
    """Whether anything may be written for this resource, were it alone."""
    account = account_of(scene, sim)
    return not isinstance(account, str) and not obstacle(scene, account) and wants(scene, sim)


def wants(scene: Scene, sim: Json) -> bool:
    """Whether resource and account want anything written, could the account be read."""
    account, spec = account_of(scene, sim), sim["spec"]
    if isinstance(account, str):
        return False
    managed = spec.get("managementPolicy", "Manage") == "Manage" and not spec.get("suspend")
    return managed and account["spec"].get("mode", "Active") == "Active"


def wishes(sim: Json) -> Json:
    """The fields at 1NCE that a resource manages."""
    spec, found = sim["spec"], {}
    if spec.get("state"):
        found["status"] = spec["state"]
    if spec.get("label"):
        found["label"] = spec["label"]
    if spec.get("imeiLock"):
        found["imei_lock"] = spec["imeiLock"] == "Locked"
    return found


def budget_of(account: Json) -> int:
    """The disables in an hour that are surely allowed; 0 where that depends."""
    told = account["spec"].get("protection", {}).get("maxDisablesPerHour", "10%")
    return told if isinstance(told, int) else 0


def limiting(scene: Scene, sim: Json) -> list[Json]:
    """The policies that might switch a SIM off, or keep it off."""
    namespace, labels = sim["metadata"]["namespace"], sim["metadata"].get("labels") or {}
    found = []
    for policy in scene.policies:
        spec = policy["spec"]
        acts = spec.get("mode") == "Enforce" and spec.get("action") == "Disable"
        here = policy["metadata"]["namespace"] == namespace
        if here and acts and selects(spec["selector"], labels):
            found.append(policy)
    return found


def conditions_of(body: Json) -> dict[str, Json]:
    """By type."""
    found = (body.get("status") or {}).get("conditions") or ()
    return {one["type"]: one for one in found}


def acknowledged(name: str, body: Json) -> Iterator[str]:
    """Every condition is of the present generation, and none contradicts another."""
    status, generation = body.get("status") or {}, body["metadata"]["generation"]
    conditions = conditions_of(body)
    if {"Ready"} - set(conditions):
        yield f"{name} has no condition Ready"
        return
    numbers = {status.get("observedGeneration")}
    numbers |= {one.get("observedGeneration") for one in conditions.values()}
    if numbers != {generation}:
        yield f"{name}: generations {sorted(map(str, numbers))} instead of {generation}"
    if {"Reconciling", "Stalled"} <= set(conditions):
        yield f"{name} is reconciling and stalled at once"
    if conditions["Ready"]["status"] == "True" and {"Reconciling", "Stalled"} & set(conditions):
        yield f"{name} is ready, and on its way or stuck"
    strange = set(conditions) - {"Ready", "Synced", "Reconciling", "Stalled"}
    if strange:
        yield f"{name} has conditions of nobody: {sorted(strange)}"
