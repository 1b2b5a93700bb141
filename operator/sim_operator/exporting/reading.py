"""The resources of a cluster, complete or not at all."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from sim_operator.api.names import ACCOUNT_KIND, GROUP, SIM_KIND
from sim_operator.domain.iccid import Iccid, InvalidIccidError, canonical
from sim_operator.domain.resources import Key
from sim_operator.exporting.complaints import UnreachableError
from sim_operator.exporting.metadata import owned_by_trackers
from sim_operator.exporting.scope import Bodies, Scope, key_of, of_account
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS, Kind
from sim_operator.kube.listing import pages

Note = Callable[[str], None]
Told = Callable[[int, int | None], None]
"""Is told how many were read, and how many there are to read in all, as far as known."""
Announce = Callable[[str], Told]
"""Is told what is going to be read."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The ICCIDs that resources name, and the names of those resources."""

    iccids: frozenset[Iccid]
    keys: frozenset[Key]


_RESTARTS: Final = 3
_ATTEMPTS: Final = 4
_CHECK_LABEL: Final = f"{GROUP}/check"
"""On what `check stack` makes and deletes again."""


async def read(
    api: ApiClient, scope: Scope, default_account: Key | None, note: Note, announce: Announce
) -> Bodies:
    """Every object of the scope, as the API server has it; those that are going are left out.

    Raises:
        UnreachableError: the API server did not answer, does not allow it, or has not our kinds.
        BadInputError: what belongs to an account cannot be told.
    """
    namespace = scope.namespace
    bodies = {
        name: _lasting(await _listed(api, kind, namespace, announce), name, note)
        for name, kind in KINDS.items()
    }
    if scope.account is None:
        return bodies
    found = of_account(bodies, scope.account, default_account)
    if not found[ACCOUNT_KIND]:
        raise UnreachableError(f"SIMAccount {scope.account} does not exist.")
    return found


async def claims(api: ApiClient, announce: Announce) -> Claims:
    """What any resource of the cluster claims, also one that is going.

    Raises:
        UnreachableError: as `read`.
    """
    iccids, keys = set[Iccid](), set[Key]()
    for body in await _listed(api, KINDS[SIM_KIND], None, announce):
        keys.add(key_of(body))
        with suppress(InvalidIccidError):  # no card has that number
            iccids.add(canonical(str((body.get("spec") or {}).get("iccid"))))
    return Claims(frozenset(iccids), frozenset(keys))


def _lasting(bodies: list[dict[str, Any]], kind: str, note: Note) -> list[dict[str, Any]]:
    going = sum(1 for body in bodies if body["metadata"].get("deletionTimestamp"))
    if going:
        note(f"Left out, because they are being deleted: {going} of kind {kind}.")
    return [
        body
        for body in bodies
        if not body["metadata"].get("deletionTimestamp")
        and _CHECK_LABEL not in (body["metadata"].get("labels") or {})
    ]


async def _listed(
    api: ApiClient, kind: Kind, namespace: str | None, announce: Announce
) -> list[dict[str, Any]]:
    told, restarts = announce(kind.plural), 0
    while True:
        try:
            return await _all(api, kind, namespace, told)
        except ApiError as error:
            restarts += 1
            if error.gone and restarts <= _RESTARTS:
                continue
            raise UnreachableError(_complaint(error, kind, namespace)) from error


async def _all(
    api: ApiClient, kind: Kind, namespace: str | None, told: Told
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async for page in pages(api, kind.collection(namespace), attempts=_ATTEMPTS):
        found.extend(map(_lean, page.items))
        told(len(found), len(found) + page.remaining)
    return found


def _lean(body: dict[str, Any]) -> dict[str, Any]:
    """Status and managed fields are most of a SIM, and ten thousand of them need not be held."""
    body.pop("status", None)
    metadata = body["metadata"]
    metadata["managedFields"] = owned_by_trackers(metadata.get("managedFields") or ())
    return body


def _complaint(error: ApiError, kind: Kind, namespace: str | None) -> str:
    where = f"in namespace {namespace}" if namespace else "in all namespaces"
    if error.forbidden:
        role = f"role sim-operator-export -n {namespace}"
        if namespace is None:
            role = "clusterrole sim-operator-export"
        kinds = ",".join(f"{one.plural}.{GROUP}" for one in KINDS.values())
        return (
            f"{error}\nNeeded is the right to list {kind.plural}.{GROUP} {where}: kubectl create "
            f"{role} --verb=list --resource={kinds}, and a binding of it."
        )
    if error.not_found:
        return (
            f"The API server does not serve {kind.name}: is this the right cluster, and are the "
            f"CustomResourceDefinitions installed? kubectl get crd {kind.plural}.{GROUP}"
        )
    return f"{kind.plural}.{GROUP} {where} were not read: {error}"
