"""What was in the cluster, and when: every version of our resources, as a bystander's watch saw it.

It knows nothing of the operator, so it can bear witness against it.
"""

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from kubernetes import config
from urllib3.exceptions import HTTPError

from tests.cluster import Cluster
from tests.integration.world import PATIENCE_SECONDS, Json

_OURS: Final = "/apis/sim-operator.io/v1alpha1/namespaces/{}/{}"
_LEASES: Final = "/apis/coordination.k8s.io/v1/namespaces/{}/{}"
PATHS: Final = {
    "sims": _OURS,
    "simaccounts": _OURS,
    "quotapolicies": _OURS,
    "leases": _LEASES,
}
_connected: Any = config.new_client_from_config  # the library leaves it untyped


@dataclass(slots=True)
class Version:
    """One object as it was from `since` to `until`, on the monotonic clock."""

    resource: str
    body: Json
    since: float
    until: float = float("inf")

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def uid(self) -> str:
        """Which object of this name it is."""
        return str(self.body["metadata"]["uid"])

    @property
    def number(self) -> int:
        """Its resourceVersion, which the API server counts up."""
        return int(self.body["metadata"]["resourceVersion"])

    @property
    def spec(self) -> Json:
        """What it should be."""
        return dict(self.body.get("spec") or {})

    @property
    def status(self) -> Json:
        """What it is."""
        return dict(self.body.get("status") or {})

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.body['metadata']['namespace']}/{self.name}"


@dataclass
class History:
    """Follows the resources of some namespaces; a context manager.

    A connection that breaks is opened again; what was missed meanwhile is missing, and counted in
    `gaps`.
    """

    cluster: Cluster
    namespaces: Sequence[str]
    gaps: int = 0
    audit_from: int = 0
    """Where the audit log ended when the history began."""
    _versions: dict[str, list[Version]] = field(default_factory=dict)
    _lists: dict[tuple[str, str], "_Follower"] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        for namespace in self.namespaces:
            for resource in PATHS:
                follower = _Follower(self, resource, namespace)
                self._lists[resource, namespace] = follower
                follower.start()
        for follower in self._lists.values():
            assert follower.listed.wait(PATIENCE_SECONDS), "a list of resources did not come"
        log = self.cluster.audit_log
        self.audit_from = log.stat().st_size if log is not None and log.exists() else 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for follower in self._lists.values():
            follower.stop()

    def versions(self, resource: str) -> list[Version]:
        """All of a resource, those of one object oldest first."""
        with self._lock:
            found = [one for of_uid in self._versions.values() for one in of_uid]
        return [one for one in found if one.resource == resource]

    def between(self, resource: str, begin: float, end: float) -> Iterator[Version]:
        """Those that were true at some moment of a time."""
        return (one for one in self.versions(resource) if one.since <= end and one.until >= begin)

    def catch_up(self) -> None:
        """Wait until everything that is in the cluster now is known here."""
        for follower in self._lists.values():
            follower.catch_up()

    # What followers tell

    def take(self, resource: str, body: Json) -> None:
        """A version was seen."""
        now = time.monotonic()
        version = Version(resource, body, now)
        with self._lock:
            known = self._versions.setdefault(version.uid, [])
            if known and known[-1].number >= version.number:
                return
            if known:
                known[-1].until = now
            known.append(version)

    def end(self, body: Json) -> None:
        """An object is gone."""
        self._end(str(body["metadata"]["uid"]))

    def only(self, resource: str, namespace: str, bodies: Sequence[Json]) -> None:
        """A complete list: what it does not show is gone."""
        present = {str(one["metadata"]["uid"]) for one in bodies}
        for version in self.versions(resource):
            mine = version.body["metadata"]["namespace"] == namespace
            if mine and version.uid not in present:
                self._end(version.uid)

    def _end(self, uid: str) -> None:
        with self._lock:
            known = self._versions.get(uid) or []
            if known:
                known[-1].until = min(known[-1].until, time.monotonic())


class _Follower:
    """One list and its watch, in a thread."""

    def __init__(self, history: History, resource: str, namespace: str) -> None:
        self.listed = threading.Event()
        self._history = history
        self._resource = resource
        self._namespace = namespace
        self._path = PATHS[resource].format(namespace, resource)
        self._client: Any = _connected(str(history.cluster.kubeconfig))
        self._seen = 0
        self._stopping = threading.Event()
        self._stream: Any = None
        self._thread = threading.Thread(
            target=self._run, name=f"history of {resource}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._stream is not None:
            with contextlib.suppress(OSError, ValueError, HTTPError, RuntimeError):
                self._stream.shutdown()
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), f"{self._thread.name} does not end"
        self._client.close()

    def catch_up(self) -> None:
        """Wait for the newest version of what a list shows."""
        answer = self._get("")
        wanted = json.loads(answer.read())
        numbers = [int(one["metadata"]["resourceVersion"]) for one in wanted["items"]]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while numbers and self._seen < max(numbers):
            assert time.monotonic() < deadline, f"{self._thread.name} does not catch up"
            time.sleep(0.05)

    def _run(self) -> None:
        version = ""
        while not self._stopping.is_set():
            try:
                version = self._watch(version or self._list())
            except (HTTPError, OSError, ValueError, KeyError):
                if not self._stopping.is_set():
                    self._history.gaps += 1
                    version = ""
                    self._stopping.wait(0.2)

    def _list(self) -> str:
        found = json.loads(self._get("").read())
        for body in found["items"]:
            self._take(body)
        self._history.only(self._resource, self._namespace, found["items"])
        self.listed.set()
        return str(found["metadata"]["resourceVersion"])

    def _watch(self, version: str) -> str:
        """Follow from a version on until the API server ends the watch; the newest version."""
        query = f"?watch=true&allowWatchBookmarks=true&timeoutSeconds=60&resourceVersion={version}"
        self._stream = self._get(query)
        rest = b""
        for chunk in self._stream.stream(65_536):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in filter(None, lines):
                version = self._event(json.loads(line))
        return version

    def _event(self, event: Json) -> str:
        body = event["object"]
        if event["type"] == "ERROR":
            raise ValueError(body)
        if event["type"] == "DELETED":
            self._history.take(self._resource, body)
            self._history.end(body)
        elif event["type"] != "BOOKMARK":
            self._take(body)
        self._seen = max(self._seen, int(body["metadata"]["resourceVersion"]))
        return str(body["metadata"]["resourceVersion"])

    def _take(self, body: Json) -> None:
        self._history.take(self._resource, body)
        self._seen = max(self._seen, int(body["metadata"]["resourceVersion"]))

    def _get(self, query: str) -> Any:
        settings = self._client.configuration
        headers: dict[str, str] = {"Accept": "application/json"}
        self._client.update_params_for_auth(
            headers, [], ["BearerToken"], resource_path=self._path, method="GET", body=None
        )
        pool = self._client.rest_client.pool_manager
        answer = pool.request(
            "GET",
            f"{settings.host}{self._path}{query}",
            headers=headers,
            preload_content=False,
            timeout=PATIENCE_SECONDS if not query else None,
            retries=False,
        )
        if answer.status != 200:
            raise ValueError(f"{answer.status} for {self._path}{query}")
        return answer
