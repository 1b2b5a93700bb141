"""What the cluster holds, read once."""

from collections.abc import Iterable, Mapping
from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.listing import pages
from sim_operator.kube.store import Store
from sim_operator.planning.tenancy import referred
from sim_operator.trial.complaints import UnreachableError


async def read_namespace(api: ApiClient, namespace: str, default_account: Key | None) -> Store:
    """All SIMs, policies and accounts of a namespace, and the accounts that its SIMs refer to.

    Raises:
        UnreachableError: the API server did not answer, or did not allow it.
    """
    store = Store()
    try:
        for kind in (SIM_KIND, POLICY_KIND, ACCOUNT_KIND):
            for body in await _objects(api, KINDS[kind].collection(namespace)):
                store.observe(kind, body)
        wanted = {referred(sim, default_account) for sim in store.sims.values()}
        for key in sorted(key for key in wanted if key is not None):
            if key.namespace != namespace:
                await _account(api, store, key)
    except ApiError as error:
        raise UnreachableError(str(error)) from error
    return store


async def _objects(api: ApiClient, path: str) -> Iterable[Mapping[str, Any]]:
    try:
        return [body async for page in pages(api, path) for body in page.items]
    except ApiError as error:
        if error.not_found:
            return ()  # the kind is not installed, so there is nothing of it
        raise


async def _account(api: ApiClient, store: Store, key: Key) -> None:
    try:
        body = (await api.request("GET", KINDS[ACCOUNT_KIND].item(key))).body
    except ApiError as error:
        if error.not_found:
            return
        raise
    store.observe(ACCOUNT_KIND, body)
