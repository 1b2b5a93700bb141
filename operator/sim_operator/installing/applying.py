"""`sim-operator apply`: our resources, server-side, as soon as their kinds are served."""

import math
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from sim_operator.installing.manifests import Manifest, read
from sim_operator.installing.obstacles import Obstacle, obstacle
from sim_operator.installing.patience import Patience, Progress
from sim_operator.installing.running import FAILED, Work, complain, finished
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import ApiClient, connect
from sim_operator.kube.context import context_namespace

APPLY: Final = "application/apply-patch+yaml"
USER_AGENT: Final = "sim-operator-apply"
_LONGEST_REQUEST: Final = 30.0


class NotAppliedError(Exception):
    """A resource was refused, or time ran out; the message says what to do."""


class Outcome(StrEnum):
    """What an apply did to an object."""

    CREATED = "created"
    CONFIGURED = "configured"
    UNCHANGED = "unchanged"


def apply(
    sources: Sequence[str], *, namespace: str | None, field_manager: str, timeout: float
) -> int:
    """Apply the resources of some files in their order; the exit code of the process."""

    def prepare() -> Work:
        manifests = read(sources, namespace or context_namespace())
        return lambda: _apply(manifests, field_manager, Patience(timeout))

    return finished(prepare)


async def _apply(manifests: Sequence[Manifest], field_manager: str, patience: Patience) -> int:
    progress = Progress(patience, complain)
    failed = False
    async with connect(user_agent=USER_AGENT) as api:
        applier = Applier(api, field_manager, patience, progress)
        for manifest in manifests:
            try:
                outcome = await applier.apply(manifest)
            except NotAppliedError as error:
                complain(str(error))
                failed = True
            else:
                sys.stdout.write(f"{manifest.shown} {outcome}\n")
                sys.stdout.flush()
    return FAILED if failed else 0


class Applier:
    """Applies one object after the other, within one time limit."""

    def __init__(
        self, api: ApiClient, field_manager: str, patience: Patience, progress: Progress
    ) -> None:
        """`field_manager`: who owns the fields afterwards, whoever owned them before."""
        self._api = api
        self._field_manager = field_manager
        self._patience = patience
        self._progress = progress

    async def apply(self, manifest: Manifest) -> Outcome:
        """Apply a resource, waiting for what passes.

        Raises:
            NotAppliedError: it was refused, or what stood in the way did not pass in time.
        """
        while True:
            found = await self._attempt(manifest)
            if isinstance(found, Outcome):
                return found
            if self._patience.spent >= found.patience:
                raise NotAppliedError(_refused(manifest, found))
            self._progress.waits(f"{manifest.shown} cannot be applied yet: {found.why}")
            if not await self._patience.pause(found.pause):
                raise NotAppliedError(_refused(manifest, found, self._patience.seconds))

    async def _attempt(self, manifest: Manifest) -> Outcome | Obstacle:
        try:
            before = await self._present(manifest)
            if before is not None and before["metadata"].get("deletionTimestamp"):
                return _leaving(manifest, before)
            answer = await self._send(manifest)
        except ApiError as error:
            return obstacle(error, manifest.kind, manifest.key)
        return outcome(before, answer)

    async def _present(self, manifest: Manifest) -> Mapping[str, Any] | None:
        path, timeout = manifest.kind.item(manifest.key), self._patience.share(_LONGEST_REQUEST)
        try:
            return (await self._api.request("GET", path, timeout=timeout)).body
        except ApiError as error:
            if error.not_found:
                return None
            raise

    async def _send(self, manifest: Manifest) -> Answer:
        return await self._api.request(
            "PATCH",
            manifest.kind.item(manifest.key),
            query={
                "fieldManager": self._field_manager,
                "force": "true",
                "fieldValidation": "Strict",
            },
            body=manifest.body,
            content_type=APPLY,
            timeout=self._patience.share(_LONGEST_REQUEST),
        )


def outcome(before: Mapping[str, Any] | None, answer: Answer) -> Outcome:
    """What was done, by the object before (None: there was none) and the API server's answer."""
    if answer.status == 201:
        return Outcome.CREATED
    # Not there a moment ago, and not created: somebody else was faster.
    same = before is not None and _wanted(before) == _wanted(answer.body)
    return Outcome.UNCHANGED if same else Outcome.CONFIGURED


def _wanted(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What somebody wants of an object: not its status, which the operator writes meanwhile."""
    metadata = body["metadata"]
    kept = ("labels", "annotations", "ownerReferences", "finalizers")
    return {"spec": body.get("spec"), **{name: metadata.get(name) for name in kept}}


def _leaving(manifest: Manifest, body: Mapping[str, Any]) -> Obstacle:
    key, kind = manifest.key, manifest.kind
    finalizers = ", ".join(body["metadata"].get("finalizers") or ()) or "none"
    return Obstacle(
        f"{kind.name} {key} is being deleted (finalizers: {finalizers})",
        f"See what keeps it: kubectl describe {kind.plural} -n {key.namespace} {key.name}",
        math.inf,
    )


def _refused(manifest: Manifest, found: Obstacle, waited: float | None = None) -> str:
    within = "" if waited is None else f" within {waited:g} s"
    kind, key = manifest.kind.name, manifest.key
    return f"{kind} {key} was not applied{within}: {found.why}. {found.advice}"
