"""A SIM resource that lives as long as a check: it observes a SIM and never writes to 1NCE."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sim_operator.api.names import API_VERSION, GROUP, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.domain.states import DeletionPolicy, ManagementPolicy
from sim_operator.installing.checks import Verdict
from sim_operator.installing.cluster import Body, objects
from sim_operator.installing.obstacles import obstacle
from sim_operator.installing.patience import Patience
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS

LABEL: Final = f"{GROUP}/check"
LABEL_VALUE: Final = "stack"
LONGEST_CHECK: Final = 3600
"""Seconds after which no check runs any more: what is older was left behind by one."""
_PREFIX: Final = "sim-operator-check-"
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
"""Those of Kubernetes' own generated names."""
_REQUEST: Final = 10.0
_CLEANING: Final = 15.0
"""Both together end well before a container that was told to end is killed."""
_SIMS: Final = KINDS[SIM_KIND]

NotDeleted = Callable[[Key, Verdict], None]
"""Told where a resource could not be deleted."""


class NotMadeError(Exception):
    """The resource could not be created; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        """`verdict` does not hold."""
        super().__init__(verdict.found)
        self.verdict = verdict


def new_key(namespace: str) -> Key:
    """A name that nobody has, and that says whose it is."""
    return Key(namespace, _PREFIX + "".join(secrets.choice(_LETTERS) for _ in range(5)))


def manifest(key: Key, iccid: str, account: Key | None) -> dict[str, Any]:
    """The resource; `account` None: the operator's default account."""
    spec: dict[str, Any] = {
        "iccid": iccid,
        "managementPolicy": ManagementPolicy.OBSERVE.value,
        "deletionPolicy": DeletionPolicy.RETAIN.value,
    }
    if account is not None:
        spec["accountRef"] = {"name": account.name, "namespace": account.namespace}
    metadata = {"name": key.name, "namespace": key.namespace, "labels": {LABEL: LABEL_VALUE}}
    return {"apiVersion": API_VERSION, "kind": SIM_KIND, "metadata": metadata, "spec": spec}


@asynccontextmanager
async def made_sim(
    api: ApiClient,
    key: Key,
    body: dict[str, Any],
    patience: Patience,
    not_deleted: NotDeleted,
) -> AsyncIterator[None]:
    """The resource, while the context is open.

    Raises:
        NotMadeError: it was refused, or what stood in the way did not pass in time.
    """
    try:
        await _create(api, key, body, patience)
        yield
    finally:
        await delete(api, key, not_deleted)


async def _create(api: ApiClient, key: Key, body: dict[str, Any], patience: Patience) -> None:
    while True:
        try:
            await _post(api, key, body, patience)
        except ApiError as error:
            if error.conflict:
                return  # nobody else makes up this name: an attempt before was carried out
            found = obstacle(error, _SIMS, key)
        else:
            return
        if patience.spent >= found.patience or not await patience.pause(found.pause):
            raise NotMadeError(Verdict(False, f"not created: {found.why}", found.advice))


async def _post(api: ApiClient, key: Key, body: dict[str, Any], patience: Patience) -> None:
    """One attempt. It is let end: a request that is cut off may still be carried out, later."""
    path, timeout = _SIMS.collection(key.namespace), patience.share(_REQUEST)
    posting = asyncio.create_task(api.request("POST", path, body=body, timeout=timeout))
    try:
        await asyncio.shield(posting)
    except asyncio.CancelledError:
        await asyncio.gather(posting, return_exceptions=True)
        raise


async def delete(api: ApiClient, key: Key, not_deleted: NotDeleted) -> None:
    """Delete a resource that a check made, also where time is up."""
    patience = Patience(_CLEANING)
    while True:
        try:
            await api.request("DELETE", _SIMS.item(key), timeout=patience.share(5.0))
        except ApiError as error:
            if error.not_found:
                return
            if error.transient and await patience.pause(error.retry_after):
                continue
            advice = f"Delete it: kubectl delete sims -n {key.namespace} {key.name}"
            not_deleted(key, Verdict(False, f"not deleted: {error}", advice))
        return


async def clean_up(
    api: ApiClient,
    namespace: str,
    patience: Patience,
    now: datetime,
    not_deleted: NotDeleted,
) -> None:
    """Delete what checks that were killed left behind in a namespace.

    Raises:
        ApiError: the SIMs could not be listed.
    """
    path, labels = _SIMS.collection(namespace), f"{LABEL}={LABEL_VALUE}"
    for body in await objects(api, path, patience, labels=labels):
        if is_left_behind(body, now):
            key = Key(namespace, body["metadata"]["name"])
            await delete(api, key, not_deleted)


def is_left_behind(body: Body, now: datetime) -> bool:
    """Whether the check that made this resource cannot be running any more."""
    metadata = body["metadata"]
    if not str(metadata["name"]).startswith(_PREFIX):
        return False  # a person's, who copied the label
    created = datetime.fromisoformat(metadata["creationTimestamp"]).astimezone(UTC)
    return now - created > timedelta(seconds=LONGEST_CHECK)
