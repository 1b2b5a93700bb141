"""Lists in pages, and consistently: all pages show one moment, named by the resourceVersion."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import JSON, ApiClient
from sim_operator.kube.pace import LONGEST_BACKOFF, backoff

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


@dataclass(slots=True)
class Page:
    """A part of a list."""

    items: list[dict[str, Any]]
    resource_version: str
    """Of the whole list."""
    remaining: int
    """How many objects the pages after this one hold."""


async def pages(
    api: ApiClient,
    path: str,
    *,
    accept: str = JSON,
    limit: int = 0,
    attempts: int = 1,
    each: Callable[[], None] = lambda: None,
) -> AsyncIterator[Page]:
    """The pages of a list; `each` is called before every request.

    `limit`: objects of a page, 0 for the usual size.
    `attempts`: how often a page is asked for, where its failure may pass.

    Raises:
        ApiError: a page could not be had; 410: the list took too long and has to begin anew.
    """
    token = ""
    for _ in range(_MOST_PAGES):
        query: dict[str, str | int] = {"limit": limit or _PAGE}
        if token:
            query["continue"] = token
        body = await _insist(api, path, query, accept, attempts, each)
        about: dict[str, Any] = body.get("metadata") or {}
        token = about.get("continue") or ""
        yield Page(
            items=body.get("items") or [],
            resource_version=str(about.get("resourceVersion") or ""),
            remaining=int(about.get("remainingItemCount") or 0),
        )
        if not token:
            return
    raise ApiError(f"the list of {path} has no end")


async def list_metadata(
    api: ApiClient, path: str, each: Callable[[], None] = lambda: None
) -> Listing:
    """The names of everything under a collection's path; `each` is called before every request.

    Raises:
        ApiError: no complete list; a 410 only after several attempts.
    """
    restarts = 0
    while True:
        try:
            return await _names(api, path, each)
        except ApiError as error:
            if error.not_found:
                return Listing()
            restarts += 1
            if not error.gone or restarts > _RESTARTS:
                raise


async def _names(api: ApiClient, path: str, each: Callable[[], None]) -> Listing:
    listing = Listing()
    async for page in pages(api, path, accept=METADATA_LIST, each=each):
        listing.resource_version = page.resource_version
        for item in page.items:
            one = item["metadata"]
            key = Key(one.get("namespace", ""), one["name"])
            listing.objects[key] = Listed(one["uid"], one["resourceVersion"])
    return listing


async def _insist(
    api: ApiClient,
    path: str,
    query: dict[str, str | int],
    accept: str,
    attempts: int,
    each: Callable[[], None],
) -> dict[str, Any]:
    attempt = 1
    while True:
        each()
        try:
            return (await api.request("GET", path, query=query, accept=accept)).body
        except ApiError as error:
            if attempt >= attempts or not error.transient:
                raise
            wait = backoff(attempt) if error.retry_after is None else error.retry_after
            if wait > LONGEST_BACKOFF:
                raise
        attempt += 1
        await asyncio.sleep(wait)
