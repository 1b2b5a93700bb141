"""The names of everything there is of a kind, without the objects themselves.

Only metadata is asked for, in pages, and consistently: all pages show one moment, which the list's
resourceVersion names.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient

METADATA_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"

_PAGE = 500
_MOST_PAGES = 10_000
_RESTARTS = 3


class Listed(NamedTuple):
    """One object of a list."""

    uid: str
    resource_version: str


@dataclass(slots=True)
class Listing:
    """What there was at one moment."""

    objects: dict[Key, Listed] = field(default_factory=dict)
    resource_version: str | None = None
    """None: the kind does not exist, so nothing of it does."""


async def list_metadata(
    api: ApiClient, path: str, each_page: Callable[[], None] = lambda: None
) -> Listing:
    """Everything under a collection's path; `each_page` is called after every page.

    Raises:
        ApiError: no complete list; a 410 only after several attempts.
    """
    restarts = 0
    while True:
        try:
            return await _pages(api, path, each_page)
        except ApiError as error:
            if error.not_found:
                return Listing()
            restarts += 1
            if not error.gone or restarts > _RESTARTS:
                raise


async def _pages(api: ApiClient, path: str, each_page: Callable[[], None]) -> Listing:
    listing = Listing()
    token = ""
    for _ in range(_MOST_PAGES):
        query: dict[str, str | int] = {"limit": _PAGE}
        if token:
            query["continue"] = token
        body = (await api.request("GET", path, query=query, accept=METADATA_LIST)).body
        each_page()
        about: dict[str, Any] = body.get("metadata") or {}
        listing.resource_version = str(about.get("resourceVersion") or "")
        for item in body.get("items") or ():
            one = item["metadata"]
            key = Key(one.get("namespace", ""), one["name"])
            listing.objects[key] = Listed(one["uid"], one["resourceVersion"])
        token = about.get("continue") or ""
        if not token:
            return listing
    raise ApiError(f"the list of {path} has no end")
