"""What the checks read of the cluster."""

from collections.abc import Mapping
from typing import Any, Final

from sim_operator.installing.patience import Patience
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import JSON, ApiClient

LONGEST_REQUEST: Final = 30.0
"""Seconds."""
_PAGE: Final = 500
_MOST_PAGES: Final = 10_000
_RESTARTS: Final = 3

Body = Mapping[str, Any]


async def objects(
    api: ApiClient, path: str, patience: Patience, *, accept: str = JSON, labels: str = ""
) -> list[Body]:
    """Everything under a collection's path; nothing where the kind is not installed.

    `accept`: whole objects, or their metadata only; `labels`: a label selector.

    Raises:
        ApiError: no complete list.
    """
    restarts = 0
    while True:
        try:
            return await _pages(api, path, patience, accept, labels)
        except ApiError as error:
            if error.not_found:
                return []
            restarts += 1
            if not error.gone or restarts > _RESTARTS:
                raise


async def _pages(
    api: ApiClient, path: str, patience: Patience, accept: str, labels: str
) -> list[Body]:
    found: list[Body] = []
    query: dict[str, str | int] = {"limit": _PAGE}
    if labels:
        query["labelSelector"] = labels
    for _ in range(_MOST_PAGES):
        timeout = patience.share(LONGEST_REQUEST)
        body = (await api.request("GET", path, query=query, accept=accept, timeout=timeout)).body
        found += body.get("items") or ()
        token = (body.get("metadata") or {}).get("continue") or ""
        if not token:
            return found
        query["continue"] = token
    raise ApiError(f"the list of {path} has no end")
