"""A change, carried out: read, checked, patched as the person, and told to the journal."""

from dataclasses import dataclass
from typing import Any, Final

from sim_operator.api.names import SIM_KIND
from sim_operator.console.fleet import SimRow
from sim_operator.console.fleet.reading import sim_row
from sim_operator.console.journal import news
from sim_operator.console.parts import Console
from sim_operator.console.person import Person, SimFile
from sim_operator.console.problems import Problem
from sim_operator.console.writing.sources import Source
from sim_operator.console.writing.verbs import Verb, effects, is_so_already, patch_of
from sim_operator.domain.resources import Key
from sim_operator.kube.connection import MERGE_PATCH
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.records import sim_record

_QUERY: Final[dict[str, str | int]] = {
    "fieldManager": news.FIELD_MANAGER,
    "fieldValidation": "Strict",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    row: SimRow
    """The SIM as it is now."""
    changed: bool
    """False: it said so already, and nothing was written."""
    effects: tuple[str, ...]
    """Why 1NCE will not follow, or not at once; empty where nothing stands in its way."""


async def act(
    console: Console,
    person: Person,
    key: Key,
    verb: Verb,
    *,
    label: str | None = None,
    resource_version: str | None = None,
) -> Outcome:
    """Change a SIM as the person.

    `label`: for the verb of that name. `resource_version`: of the SIM that they saw, so that nobody
    changes what they have not seen; without it the one that is read now.

    Raises:
        ApiError: their rights or the schema do not allow it, or somebody else was faster.
        Problem: 409, a tool of GitOps owns the object, or it changed meanwhile.
    """
    found = await person.sim(key)
    if verb.writes_spec and found.owner is not None:
        raise managed_elsewhere(found)
    if resource_version is not None and resource_version != found.row.resource_version:
        raise _changed_meanwhile(found.row)
    patch = patch_of(verb, label, console.clock.now())
    if is_so_already(found.body, patch):
        return Outcome(found.row, changed=False, effects=effects(found.row, verb))
    body = await _patched(person, found.row, patch)
    console.journal.take(
        news.asked(SIM_KIND, body, person.viewer.name, _sentence(verb, label), console.clock.now())
    )
    row = sim_row(sim_record(body))
    return Outcome(row, changed=True, effects=effects(row, verb))


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


async def _patched(person: Person, row: SimRow, patch: dict[str, Any]) -> dict[str, Any]:
    metadata = patch.get("metadata", {}) | {"resourceVersion": row.resource_version}
    answer = await person.api.request(
        "PATCH",
        KINDS[SIM_KIND].item(row.key),
        query=_QUERY,
        body=patch | {"metadata": metadata},
        content_type=MERGE_PATCH,
    )
    return answer.body


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


def _sentence(verb: Verb, label: str | None) -> str:
    match verb:
        case Verb.ENABLE:
            return "Asked for state Enabled, in the console."
        case Verb.DISABLE:
            return "Asked for state Disabled, in the console."
        case Verb.LABEL:
            return f"Asked for label {label}, in the console."
        case Verb.SUSPEND:
            return "Suspended it, in the console."
        case Verb.RESUME:
            return "Resumed it, in the console."
        case Verb.RECONCILE:
            return "Asked to look at it again, in the console."
