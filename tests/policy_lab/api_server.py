"""An API server in memory, as far as the operator speaks to it, and the writer of statuses over it.

A status goes the way of the real one: wanted (the last one wins), sent as a merge patch by the real
`StatusPatcher`, taken by the API server, acknowledged. It can be stopped before and after the
second of these.
"""

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key, Meta
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.backlog import Target
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.status_patch import StatusPatcher, WriteOutcome
from sim_operator.kube.status_writer import StatusNotWrittenError
from sim_operator.kube.store import Store
from tests.policy_lab.driving import drive

_KINDS = (ACCOUNT_KIND, POLICY_KIND, SIM_KIND)
_PLURALS = {KINDS[kind].plural: kind for kind in _KINDS}
Body = dict[str, Any]


class ApiServer:
    """The objects, and who watches them."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.objects: dict[tuple[str, Key], Body] = {}
        self.watcher: Callable[[str, Body | None, Body | None], None] = lambda *_: None
        """Told of each change of an object by others than the operator's status writer."""
        self.answers = True
        """False: a patch of a SIM is carried out and its answer is lost."""
        self.status_written: Callable[[str, Body, Mapping[str, Any]], None] = lambda *_: None
        """Told of the object as it was and its new status, right before that is taken."""
        self._version = 100
        self._uids = 0

    def create(self, kind: str, key: Key, spec: Body, labels: Mapping[str, str]) -> Body:
        """Create an object, as a person does."""
        self._uids += 1
        body: Body = {
            "metadata": {
                "name": key.name,
                "namespace": key.namespace,
                "uid": f"uid-{key.name}-{self._uids}",
                "generation": 1,
                "creationTimestamp": self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                "labels": dict(labels),
                "annotations": {},
            },
            "spec": spec,
        }
        self._put(kind, key, body)
        self.watcher(kind, None, body)
        return body

    def edit(self, kind: str, key: Key, change: Callable[[Body], None]) -> None:
        """Change an object, as a person does; a changed spec is a new generation."""
        before = self.objects[kind, key]
        body = copy.deepcopy(before)
        change(body)
        if body == before:
            return
        if body["spec"] != before["spec"]:
            body["metadata"]["generation"] += 1
        self._put(kind, key, body)
        self.watcher(kind, before, body)

    def delete(self, kind: str, key: Key) -> None:
        """Delete an object; with a finalizer on it, it is only marked."""
        body = self.objects[kind, key]
        if body["metadata"].get("finalizers"):
            moment = self._now().strftime("%Y-%m-%dT%H:%M:%SZ")
            self.edit(kind, key, lambda one: one["metadata"].update(deletionTimestamp=moment))
            return
        del self.objects[kind, key]
        self.watcher(kind, body, None)

    def _put(self, kind: str, key: Key, body: Body) -> None:
        self._version += 1
        body["metadata"]["resourceVersion"] = str(self._version)
        self.objects[kind, key] = body

    async def request(
        self, method: str, path: str, *, body: Body | None = None, **_: object
    ) -> Answer:
        """Read an object, or patch its status."""
        kind, key = _addressed(path)
        held = self.objects.get((kind, key))
        if held is None:
            raise ApiError("not found", status=404)
        if method == "GET":
            return Answer(200, held)
        assert method == "PATCH"
        assert body is not None
        if body["metadata"]["resourceVersion"] != held["metadata"]["resourceVersion"]:
            raise ApiError("the object has changed", status=409)
        status = _patched(held.get("status", {}), body["status"])
        self.status_written(kind, held, status)
        after = copy.deepcopy(held)
        after["status"] = status
        self._put(kind, key, after)
        if kind == SIM_KIND and not self.answers:
            raise ApiError("no answer")
        return Answer(200, after)


class LabWriter:
    """Wants statuses and sends them when it is told to."""

    def __init__(
        self, api: ApiServer, store: Store, look_again: Callable[[str, Key], None]
    ) -> None:
        self._patcher = StatusPatcher(cast("ApiClient", api), store)
        self._look_again = look_again
        self._wanted: dict[Target, tuple[str, bytes]] = {}
        self.flows = True
        """False: statuses of SIMs and policies wait."""

    def __len__(self) -> int:
        return len(self._wanted)

    def is_waiting(self, kind: str, key: Key) -> bool:
        return Target(kind, key) in self._wanted

    def submit(self, kind: str, key: Key, uid: str, status: bytes, *, urgent: bool) -> None:
        """Want a status, in place of what was wanted before."""
        target = Target(kind, key)
        self._wanted.pop(target, None)
        if self._patcher.settled(target, uid, status) is None:
            self._wanted[target] = (uid, status)

    async def write_now(self, kind: str, key: Key, uid: str, status: bytes) -> None:
        """Write a status before anything else."""
        self._wanted.pop(Target(kind, key), None)
        outcome = await self._patcher.send(Target(kind, key), uid, status)
        if outcome not in (WriteOutcome.WRITTEN, WriteOutcome.UNCHANGED):
            raise StatusNotWrittenError(outcome)

    def flush(self) -> bool:
        """Send what is wanted; whether there was anything."""
        if not self.flows or not self._wanted:
            return False
        wanted, self._wanted = self._wanted, {}
        for target, (uid, status) in wanted.items():
            try:
                outcome = drive(self._patcher.send(target, uid, status))
            except ApiError:
                self._wanted[target] = (uid, status)
                continue
            if outcome in (WriteOutcome.CONFLICT, WriteOutcome.OUTDATED):
                self._look_again(*target)
        return True


class LabFinalizers:
    """Puts finalizers on and takes them off."""

    def __init__(self, api: ApiServer) -> None:
        self._api = api

    async def add(self, kind: str, meta: Meta, finalizer: str) -> bool:
        """Put it on."""
        self._api.edit(
            kind,
            meta.key,
            lambda one: one["metadata"].setdefault("finalizers", []).append(finalizer),
        )
        return True

    async def remove(self, kind: str, meta: Meta, finalizer: str) -> None:
        """Take it off; an object that waited for that is gone then."""

        def off(one: Body) -> None:
            kept = [name for name in one["metadata"].get("finalizers", ()) if name != finalizer]
            one["metadata"]["finalizers"] = kept

        self._api.edit(kind, meta.key, off)
        metadata = self._api.objects[kind, meta.key]["metadata"]
        if metadata.get("deletionTimestamp") and not metadata["finalizers"]:
            self._api.delete(kind, meta.key)


def _addressed(path: str) -> tuple[str, Key]:
    parts = path.removesuffix("/status").split("/")
    return _PLURALS[parts[-2]], Key(parts[-3], parts[-1])


def _patched(old: Body, patch: Body) -> Body:
    """A JSON merge patch, carried out."""
    new = dict(old)
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict):
            before = new.get(name)
            new[name] = _patched(before if isinstance(before, dict) else {}, value)
        else:
            new[name] = value
    return new
