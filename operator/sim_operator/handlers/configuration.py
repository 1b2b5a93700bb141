# ruff: noqa: ARG002  # the signatures are kopf's
"""Kopf's own settings, as measured: watches and lifecycle only, nothing stored on objects."""

from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from typing import Any

import kopf

from sim_operator.api.names import GROUP

_CHUNK = 500
_IDLE_SECONDS = 0.5


class Patience:
    """Pauses between attempts, in seconds, without an end.

    Kopf ends the operator where it runs out of them: for a right that was taken away for a minute.
    """

    def __iter__(self) -> Iterator[float]:
        """Longer ones at first, then as long as it takes."""
        return chain((1, 1, 2, 3, 5, 8), repeat(13))


class _NoDiffBase(kopf.DiffBaseStorage):
    """Nothing is compared with what kopf last handled.

    Copying each object for that is its largest cost.
    """

    def build(
        self, *, body: kopf.Body, extra_fields: Iterable[Any] | None = None
    ) -> kopf.BodyEssence:
        return kopf.BodyEssence({})

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        return None


class _NoProgress(kopf.ProgressStorage):
    """No handler here has progress to remember."""

    def fetch(self, *, key: Any, body: kopf.Body) -> None:
        return None

    def store(self, *, key: Any, record: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        return None

    def purge(self, *, key: Any, body: kopf.Body, patch: kopf.Patch) -> None:
        return None

    def touch(self, *, body: kopf.Body, patch: kopf.Patch, value: str | None) -> None:
        return None

    def clear(self, *, essence: kopf.BodyEssence) -> kopf.BodyEssence:
        return essence


def settings() -> kopf.OperatorSettings:
    """Kopf's settings for this operator."""
    chosen = kopf.OperatorSettings()
    chosen.posting.enabled = False
    chosen.networking.error_backoffs = Patience()
    chosen.watching.chunk_size = _CHUNK
    chosen.queueing.idle_timeout = _IDLE_SECONDS
    chosen.queueing.exit_timeout = _IDLE_SECONDS
    chosen.persistence.diffbase_storage = _NoDiffBase()
    chosen.persistence.progress_storage = _NoProgress()
    # Kopf takes its finalizer off whatever carries it: it must not be one of ours.
    chosen.persistence.finalizer = f"{GROUP}/kopf"
    chosen.process.ultimate_exiting_timeout = 20.0
    return chosen
