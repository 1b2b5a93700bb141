"""Changes of a SIM, as the person who asks for them.

Each changes the resource and nothing else: the operator carries it out at 1NCE, with its guards.
"""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import ConfigDict, Field

from sim_operator.api.meta import WireModel
from sim_operator.api.sim import MAX_LABEL
from sim_operator.console.problems import Problem
from sim_operator.console.rest.answers import problems
from sim_operator.console.rest.callers import Changer
from sim_operator.console.rest.models import Shown, Sim
from sim_operator.console.rest.sim import Name, Namespace
from sim_operator.console.writing.verbs import Verb
from sim_operator.domain.resources import Key

router = APIRouter(prefix="/api/v1", tags=["changes"])


class Change(WireModel):
    """What a change is about, beside its verb."""

    model_config = ConfigDict(extra="forbid")

    resource_version: str | None = Field(
        default=None,
        max_length=64,
        description="Of the SIM that you saw: where it changed since, nothing is done. null: of "
        "the SIM as it is now.",
    )
    label: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_LABEL,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+$",
        description="For the verb label: the name of the card at 1NCE.",
        examples=["pump-17"],
    )


class Changed(Shown):
    """What came of it."""

    sim: Sim = Field(description="As it is now.")
    changed: bool = Field(description="false: it said so already, and nothing was written.")
    effects: list[str] = Field(
        description="Why 1NCE will not follow, or not at once. Empty: nothing stands in its way."
    )


@router.post(
    "/sims/{namespace}/{name}/{verb}",
    summary="Change one SIM",
    responses=problems(400, 403, 404, 409, 413),
)
async def change(
    person: Changer,
    namespace: Namespace,
    name: Name,
    verb: Verb,
    about: Annotated[Change | None, Body()] = None,
) -> Changed:
    """Patch the resource with your own rights.

    409 `managed-elsewhere`: Argo CD or Flux would change it back; the answer says where to edit.
    409 `changed-meanwhile`: look again. `reconcile` is an annotation that is not in Git, and never
    refused for that.
    """
    given = about or Change()
    if (given.label is not None) != (verb is Verb.LABEL):
        raise Problem(
            422,
            "invalid-request",
            "The request cannot be understood",
            "The verb label needs a label, and no other verb takes one.",
        )
    outcome = await person.act(
        Key(namespace, name),
        verb,
        label=given.label,
        resource_version=given.resource_version,
    )
    return Changed(
        sim=Sim.model_validate(outcome.row),
        changed=outcome.changed,
        effects=list(outcome.effects),
    )
