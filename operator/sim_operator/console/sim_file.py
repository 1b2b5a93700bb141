"""Everything about one SIM, read a moment ago with the rights of the person who looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim_operator.api.names import SIM_KIND
from sim_operator.console.fleet import SimRow
from sim_operator.console.fleet.reading import sim_row
from sim_operator.console.rights.callers import Rights, Viewer
from sim_operator.console.writing.manifest import manifest_of
from sim_operator.console.writing.ownership import Owner, owner_of
from sim_operator.console.writing.sources import Source, sources_of
from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.records import UnreadableSpecError, sim_record


@dataclass(frozen=True, slots=True)
class SimFile:
    """One SIM."""

    row: SimRow
    body: Mapping[str, Any]
    """The object, as the API server sent it."""
    manifest: str
    """YAML that could be committed."""
    owner: Owner | None
    """The object of Argo CD or Flux that applies it."""
    sources: tuple[Source, ...]
    """Where its manifest lies; empty where that cannot be read."""
    may_change: bool
    """Whether the person's rights allow a change."""


async def read_sim(rights: Rights, viewer: Viewer, api: ApiClient, key: Key) -> SimFile:
    """Read it. `api`: as the person.

    Raises:
        ApiError: their rights do not allow it, there is none, or it could not be asked.
    """
    body = (await api.request("GET", KINDS[SIM_KIND].item(key))).body
    owner = owner_of(body)
    return SimFile(
        row=row_of(body),
        body=body,
        manifest=manifest_of(body),
        owner=owner,
        sources=await sources_of(api, owner) if owner is not None else (),
        may_change=await rights.may(viewer, "patch", SIM_KIND, key),
    )


def row_of(body: Mapping[str, Any]) -> SimRow:
    """The row of an object.

    Raises:
        ApiError: this version does not understand it.
    """
    try:
        return sim_row(sim_record(body))
    except UnreadableSpecError as error:
        text = f"this version does not understand the SIM: {error}"
        raise ApiError(text, status=422) from None
