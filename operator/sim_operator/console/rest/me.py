"""Who the caller is, as the API server knows them."""

from fastapi import APIRouter
from pydantic import Field

from sim_operator.api.meta import WireModel
from sim_operator.console.rights.gates import Known

router = APIRouter(prefix="/api/v1", tags=["me"])


class Me(WireModel):
    """The caller."""

    name: str = Field(description="The user, as RBAC knows it.")
    groups: list[str] = Field(description="Groups, as RBAC knows them.")
    by: str = Field(description="How it is known: token, session or proxy.")
    csrf_token: str = Field(
        description="What a write by a browser sends as header X-CSRF-Token. Empty for a bearer "
        "token, with which writes need none."
    )


@router.get("/me", summary="Who you are")
async def me(viewer: Known) -> Me:
    """The user and groups that rights are decided by."""
    identity = viewer.identity
    return Me(
        name=identity.name,
        groups=list(identity.groups),
        by=viewer.by,
        csrf_token=viewer.write_token,
    )
