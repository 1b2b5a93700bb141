"""A change, carried out: checked against what was read, and patched as the person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sim_operator.api.names import SIM_KIND
from sim_operator.console.fleet import SimRow
from sim_operator.console.journal.news import FIELD_MANAGER
from sim_operator.console.problems import Problem
from sim_operator.console.sim_file import SimFile, row_of
from sim_operator.console.writing.sources import Source
from sim_operator.console.writing.verbs import Verb, effects, is_so_already, patch_of
from sim_operator.kube.connection import MERGE_PATCH, ApiClient
from sim_operator.kube.kinds import KINDS

_QUERY: Final[dict[str, str | int]] = {
    "fieldManager": FIELD_MANAGER,
    "fieldValidation": "Strict",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    row: SimRow
    """The SIM as it is now."""
    body: Mapping[str, Any]
    """The object, as the API server sent it."""
    changed: bool
    """False: it said so already, and nothing was written."""
    effects: tuple[str, ...]
    """Why 1NCE will not follow, or not at once; empty where nothing stands in its way."""


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody asks for."""

    verb: Verb
    label: str | None = None
    """For the verb of that name."""
    resource_version: str | None = None
    """Of the SIM that they saw; None: of the one that is read now."""

    @property
    def sentence(self) -> str:
        """For the timeline."""
        return _SENTENCES[self.verb].format(label=self.label)


async def carry_out(api: ApiClient, found: SimFile, change: Change, now: datetime) -> Outcome:
    """Change the SIM that was just read. `api`: as the person.

    Raises:
        ApiError: their rights or the schema do not allow it, or somebody else was faster.
        Problem: 409, a tool of GitOps owns the object, or it changed meanwhile.
    """
    verb, row = change.verb, found.row
    if verb.writes_spec and found.owner is not None:
        raise managed_elsewhere(found)
    if change.resource_version not in (None, row.resource_version):
        raise _changed_meanwhile(row)
    patch = patch_of(verb, change.label, now)
    if is_so_already(found.body, patch):
        return Outcome(row, found.body, changed=False, effects=effects(row, verb))
    metadata = patch.get("metadata", {}) | {"resourceVersion": row.resource_version}
    answer = await api.request(
        "PATCH",
        KINDS[SIM_KIND].item(row.key),
        query=_QUERY,
        body=patch | {"metadata": metadata},
        content_type=MERGE_PATCH,
    )
    row = row_of(answer.body)
    return Outcome(row, answer.body, changed=True, effects=effects(row, verb))


def managed_elsewhere(found: SimFile) -> Problem:
    """That Git is the place for a change, and which part of it."""
    owner = found.owner
    assert owner is not None  # noqa: S101 - asked for no other
    where = "; ".join(_where(one) for one in found.sources)
    edit = (
        f"Edit {where}."
        if where
        else f"Edit its manifest in the repository of that {owner.kind}; ask whoever runs it where "
        "that is."
    )
    return Problem(
        409,
        "managed-elsewhere",
        f"{owner.kind.tool} manages this SIM",
        f"{owner} would change it back. {edit} The manifest to commit stands on the SIM's page.",
        owner={"kind": owner.kind.value, "namespace": owner.namespace, "name": owner.name},
        sources=[
            {"repository": one.repository, "path": one.path, "revision": one.revision}
            for one in found.sources
        ],
    )


def _changed_meanwhile(row: SimRow) -> Problem:
    return Problem(
        409,
        "changed-meanwhile",
        "Changed meanwhile",
        "The SIM is not any more as you saw it. Look at it again, then decide.",
        resourceVersion=row.resource_version,
    )


def _where(source: Source) -> str:
    path = f"{source.path} in " if source.path else ""
    revision = f" (at {source.revision})" if source.revision else ""
    return f"{path}{source.repository or 'its repository'}{revision}"


_SENTENCES: Final[Mapping[Verb, str]] = {
    Verb.ENABLE: "Asked for state Enabled, in the console.",
    Verb.DISABLE: "Asked for state Disabled, in the console.",
    Verb.LABEL: "Asked for label {label}, in the console.",
    Verb.SUSPEND: "Suspended it, in the console.",
    Verb.RESUME: "Resumed it, in the console.",
    Verb.RECONCILE: "Asked to look at it again, in the console.",
}
