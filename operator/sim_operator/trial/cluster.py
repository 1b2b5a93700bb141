"""What the cluster holds, read once, through a connection that cannot write."""

from collections.abc import Iterable, Mapping
from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import JSON, ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.store import Store
from sim_operator.planning.tenancy import referred
from sim_operator.trial.complaints import UnreachableError

DRY_RUN = "All"
_PAGE = 500
_MOST_PAGES = 10_000


class ReadOnlyApi(ApiClient):
    """A connection that lets through what reads, and what the API server only pretends to do."""

    def __init__(self, inner: ApiClient) -> None:
        """`inner` sends."""
        self._inner = inner

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | list[Any] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: float | None = None,
    ) -> Answer:
        """As `ApiClient.request`.

        Raises:
            ApiError: as there.
            RuntimeError: the request would write.
        """
        if method != "GET" and (query or {}).get("dryRun") != DRY_RUN:
            raise RuntimeError(f"a trial writes nothing, and {method} {path} would")
        return await self._inner.request(
            method,
            path,
            query=query,
            body=body,
            content_type=content_type,
            accept=accept,
            timeout=timeout,
        )


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
    found: list[Mapping[str, Any]] = []
    token = ""
    for _ in range(_MOST_PAGES):
        query: dict[str, str | int] = {"limit": _PAGE}
        if token:
            query["continue"] = token
        try:
            body = (await api.request("GET", path, query=query)).body
        except ApiError as error:
            if error.not_found:
                return ()  # the kind is not installed, so there is nothing of it
            raise
        found += body.get("items") or ()
        token = (body.get("metadata") or {}).get("continue") or ""
        if not token:
            return found
    raise ApiError(f"the list of {path} has no end")


async def _account(api: ApiClient, store: Store, key: Key) -> None:
    try:
        body = (await api.request("GET", KINDS[ACCOUNT_KIND].item(key))).body
    except ApiError as error:
        if error.not_found:
            return
        raise
    store.observe(ACCOUNT_KIND, body)
