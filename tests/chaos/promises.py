"""What must never happen, looked for in the journals after whatever was done to the operator.

Three witnesses that know nothing of it: the journal of the simulated 1NCE, the audit log of the API
server, and a bystander's watch (`history`). Each function gives what was broken, a sentence each;
`kept` fails where there is one.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from sim_operator.domain.iccid import InvalidIccidError, canonical
from tests.chaos.history import History, Version
from tests.chaos.justice import Case, causes_missing
from tests.cluster import AuditEvent, audit_events
from tests.integration.conftest import OPERATOR_NAMESPACE
from tests.integration.world import Json, World

OPERATOR_USER: Final = f"system:serviceaccount:{OPERATOR_NAMESPACE}:sim-operator"
MANAGER: Final = "sim-operator"
_MAIN: Final = frozenset({"sims", "simaccounts", "quotapolicies"})
_FINALIZED: Final = frozenset({"sims", "simaccounts"})
_OTHERS: Final = frozenset({"events", "leases"})


@dataclass(frozen=True)
class Leeway:
    """How far in time a witness may be from the truth, in seconds.

    `before`: a write may rest on what was true so long ago, since the operator learns of a change
    a little later. `after`: the bystander's watch may be so late. `pace`: calls that left a second
    apart may arrive so much closer on a busy machine.
    """

    before: float = 5.0
    after: float = 2.0
    pace: float = 1.0


@dataclass(frozen=True)
class Told:
    """What a test has to tell beside the journals."""

    leeway: Leeway = field(default_factory=Leeway)
    requests_per_second: int = 10
    """What the accounts allow; a test that knows no better leaves 1NCE's most."""
    since: int = 0
    """Entries of the simulator's journal up to this number are somebody else's."""


def kept(world: World, history: History, told: Told | None = None) -> None:
    """Fail where a promise was broken in the time that the history covers."""
    said = told or Told()
    history.catch_up()
    journal = [dict(one) for one in world.simulator.journal(since=said.since)]
    broken = [
        *unjustified(journal, history, said.leeway),
        *paid(journal),
        *hurried(journal, said.requests_per_second, said.leeway),
        *overwritten(history),
        *repeated(history),
    ]
    assert world.simulator.summary()["paid"] == 0, "a paid call was made"
    assert not broken, "\n".join(["promises were broken:", *broken, _words(world)])


def _words(world: World) -> str:
    return "\n".join(world.operator.text().splitlines()[-60:])


# 1. Nothing changes at 1NCE without a resource that says so


def changes(journal: list[Json]) -> Iterator[Json]:
    """What became different at 1NCE because of the API, oldest first."""
    for entry in journal:
        write = entry["write"]
        if write is not None and not write["pending"] and write["before"] != write["after"]:
            yield entry


def unjustified(journal: list[Json], history: History, leeway: Leeway) -> list[str]:
    """Changes of a SIM for which no resource can be blamed."""
    broken = []
    asked = _asked_late(journal)
    for entry in changes(journal):
        write = entry["write"]
        began = float(entry["monotonic"])
        begin = asked.get(entry["seq"], began) - leeway.before
        end = began + entry["duration_ms"] / 1000 + leeway.after
        mine = [one for one in history.between("sims", begin, end) if _names(one, write["iccid"])]
        case = Case(entry, mine, history, begin, end)
        broken += [f"{_shown(entry)}: {why}" for why in causes_missing(case)]
    return broken


def _asked_late(journal: list[Json]) -> dict[int, float]:
    """When changes that happened later were asked for, by the number of their entry."""
    asked: dict[str, float] = {}
    found: dict[int, float] = {}
    for entry in journal:
        if entry["write"] is None:
            continue
        at, iccid = float(entry["monotonic"]), str(entry["write"]["iccid"])
        if entry["write"]["pending"]:
            asked.setdefault(iccid, at)
        elif entry["method"] == "APPLY":
            found[int(entry["seq"])] = asked.get(iccid, at)
    return found


def _names(version: Version, iccid: str) -> bool:
    try:
        return canonical(str(version.spec.get("iccid", ""))) == iccid
    except InvalidIccidError:
        return False


def _shown(entry: Json) -> str:
    write = entry["write"]
    return f"entry {entry['seq']}, SIM {write['iccid']}, {write['before']} to {write['after']}"


# 2. No money is spent, and the rate limit holds


def paid(journal: list[Json]) -> list[str]:
    """Calls that cost money."""
    return [f"entry {one['seq']} is paid: {one['operation']}" for one in journal if one["paid"]]


def hurried(journal: list[Json], limit: int, leeway: Leeway) -> list[str]:
    """Where an account asked for more than its share of any second; tokens do not count.

    Over a longer time a crowd on the way evens out: there the limit is told exactly.
    """
    broken = []
    starts: dict[str, list[float]] = {}
    for one in journal:
        if one["client_id"] and one["token"] and one["method"] != "APPLY":
            starts.setdefault(one["client_id"], []).append(one["monotonic"])
    for client, times in starts.items():
        times.sort()
        for window in (1.0, 10.0):
            most = round(limit * (window + leeway.pace))
            crowd = zip(times, times[most:], strict=False)
            broken += [
                f"{client} made {most + 1} calls within {last - first:.3f} s"
                for first, last in crowd
                if last - first < window
            ]
    return broken


# 4. Spec is never written, and status only where something changed


def overwritten(history: History) -> list[str]:
    """Writes at the API server that the operator has no business with.

    By the API server's own books: its audit log, and who manages which field.
    """
    broken = [
        f"the operator did {one.verb} {one.resource}/{one.subresource} {one.namespace}/{one.name}"
        for one in operator_writes(history)
        if not _is_its_business(one)
    ]
    for resource in _MAIN:
        for version in history.versions(resource):
            broken += [f"{resource} {version.key}: {why}" for why in _managed_wrongly(version)]
    return broken


def operator_writes(history: History) -> list[AuditEvent]:
    """What the operator asked the API server to change in these namespaces, oldest first."""
    log = history.cluster.audit_log
    if log is None:
        return []
    done = audit_events(log, OPERATOR_USER, start=history.audit_from)
    return [one for one in done if one.is_write and one.namespace in history.namespaces]


def _is_its_business(event: AuditEvent) -> bool:
    if event.resource in _MAIN:
        allowed = event.subresource == "status" or event.resource in _FINALIZED
        return event.verb == "patch" and allowed
    return event.resource in _OTHERS


def _managed_wrongly(version: Version) -> Iterator[str]:
    """Fields that the operator owns beside status and finalizers."""
    for entry in version.body["metadata"].get("managedFields") or ():
        if entry["manager"] != MANAGER:
            continue
        fields = entry["fieldsV1"]
        if entry.get("subresource") == "status":
            strange = set(fields) - {"f:status"}
        else:
            strange = set(fields) - {"f:metadata"}
            strange |= set(fields.get("f:metadata", {})) - {"f:finalizers"}
        if strange:
            yield f"the operator wrote {sorted(strange)}"


def repeated(history: History) -> list[str]:
    """Statuses that were written though nothing in them changed.

    Such a patch makes no new version, so there are more of them than versions. What the bystander
    missed cannot be judged.
    """
    if history.gaps:
        return []
    made = Counter(
        (one.resource, f"{one.namespace}/{one.name}")
        for one in operator_writes(history)
        if one.subresource == "status" and 200 <= one.code < 300
    )
    history.catch_up()
    seen = _status_changes(history)
    return [
        f"{resource} {key}: {count} statuses written, {seen[resource, key]} were new"
        for (resource, key), count in made.items()
        if count > seen[resource, key]
    ]


def _status_changes(history: History) -> Mapping[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for resource in _MAIN:
        by_uid: dict[str, list[Version]] = {}
        for version in history.versions(resource):
            by_uid.setdefault(version.uid, []).append(version)
        for versions in by_uid.values():
            key = resource, versions[0].key
            found[key] += "status" in versions[0].body
            found[key] += sum(before.status != after.status for before, after in pairwise(versions))
    return found
