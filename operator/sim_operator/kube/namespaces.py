"""The labels of namespaces, for accounts that admit namespaces by selector.

Read only while somebody asks, and at most every ten seconds: where no account uses a selector this
costs nothing and needs no right.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient, quoted
from sim_operator.kube.listing import METADATA, METADATA_LIST

_PATH = "/api/v1/namespaces"
_PAGE = 500
_MOST_PAGES = 1_000
_NO_LABELS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LabelsUnknown:
    """Why the labels are not known as of now; what was read before still stands."""

    forbidden: bool
    """The right to read namespaces is missing: waiting does not help."""
    message: str


class NamespaceLabels:
    """Labels by namespace."""

    def __init__(
        self,
        api: ApiClient,
        watched: Sequence[str],
        *,
        max_age: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`watched`: the namespaces to read one by one, empty to list all; `max_age` in seconds."""
        self._api = api
        self._watched = tuple(watched)
        self._max_age = max_age
        self._monotonic = monotonic
        self._labels: dict[str, Mapping[str, str]] = {}
        self._unknown: LabelsUnknown | None = None
        self._due = float("-inf")
        self._reading = asyncio.Lock()
        self.version = 0
        """Grows with each change of any label."""

    def labels_of(self, namespace: str) -> Mapping[str, str] | None:
        """As last read; None where nothing is known of the namespace."""
        return self._labels.get(namespace)

    async def refresh(self) -> LabelsUnknown | None:
        """Read the labels unless they are recent; why they are not known, or None.

        A failure counts as an attempt: the next one comes when the labels would be due again.
        """
        async with self._reading:
            if self._monotonic() < self._due:
                return self._unknown
            try:
                labels = await (self._each() if self._watched else self._all())
            except ApiError as error:
                self._unknown = LabelsUnknown(error.forbidden, str(error))
            else:
                self._unknown = None
                self.version += labels != self._labels
                self._labels = labels
            self._due = self._monotonic() + self._max_age
            return self._unknown

    async def _all(self) -> dict[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        token = ""
        for _ in range(_MOST_PAGES):
            query: dict[str, str | int] = {"limit": _PAGE}
            if token:
                query["continue"] = token
            body = (await self._api.request("GET", _PATH, query=query, accept=METADATA_LIST)).body
            for item in body.get("items") or ():
                found[item["metadata"]["name"]] = _labels(item)
            token = (body.get("metadata") or {}).get("continue") or ""
            if not token:
                return found
        raise ApiError("the list of namespaces has no end")

    async def _each(self) -> dict[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        for namespace in self._watched:
            try:
                path = f"{_PATH}/{quoted(namespace)}"
                found[namespace] = _labels(
                    (await self._api.request("GET", path, accept=METADATA)).body
                )
            except ApiError as error:
                if not error.not_found:
                    raise
        return found


def _labels(body: dict[str, Any]) -> Mapping[str, str]:
    return body["metadata"].get("labels") or _NO_LABELS
