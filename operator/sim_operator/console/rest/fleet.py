"""The fleet in numbers, its policies and its accounts."""

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from sim_operator.console.fleet.attention import Attention as AttentionRow
from sim_operator.console.fleet.summary import Consumer as ConsumerRow
from sim_operator.console.rest.answers import problems, tagged
from sim_operator.console.rest.callers import Caller
from sim_operator.console.rest.models import Account, Policy, Shown, Sim
from sim_operator.domain.resources import Key

router = APIRouter(prefix="/api/v1", tags=["fleet"])


class Name(Shown):
    """The name of an object."""

    namespace: str
    name: str


class Attention(Shown):
    """Objects of one kind that have the same trouble."""

    urgency: str = Field(
        description="act: a person has to do something. wait: the operator is at it. know: it may "
        "be meant so."
    )
    kind: str
    condition: str
    reason: str = Field(examples=["NotFound"])
    count: int
    since: str = Field(description="RFC 3339 in UTC: the first of them.")
    message: str = Field(description="What the first of them says.")
    next_step: str = Field(description="What to do next.")
    examples: list[Name] = Field(description="Up to five, those that have had it for longest.")


class Consumer(Shown):
    """A SIM that used much this month."""

    namespace: str
    name: str
    iccid: str
    data: int = Field(description="Bytes.")
    sms: int = Field(description="Short messages.")


class Used(Shown):
    """What was used this month."""

    data: int = Field(description="Bytes.")
    sms: int = Field(description="Short messages.")
    sims: int = Field(description="SIMs of which something is known.")
    missing_days: int | None = Field(
        description="Days of SIMs that are not known, so that the sums may be too small. null: no "
        "history is asked, and only SIMs that a monthly policy selects are counted."
    )
    top: list[Consumer] = Field(description="The SIMs that used most data.")


class Summary(Shown):
    """The fleet at a glance: only what you may see."""

    total: int = Field(description="SIM resources.")
    active: int = Field(description="SIMs that are switched on at 1NCE.")
    month: str = Field(description="The month in UTC that `used` is about.", examples=["2026-11"])
    used: Used
    states: dict[str, int]
    sessions: dict[str, int]
    ready: dict[str, int] = Field(description="SIMs by the status of Ready.")
    reasons: dict[str, int] = Field(description="SIMs by the reason of Ready.")
    accounts: int
    policies: int
    attention: list[Attention]
    running_out: list[Sim] = Field(description="SIMs whose limit will be reached first.")


class Policies(Shown):
    """QuotaPolicies."""

    items: list[Policy]


class Accounts(Shown):
    """SIMAccounts."""

    items: list[Account]


@router.get(
    "/summary",
    summary="The fleet at a glance",
    response_model=Summary,
    responses=problems(),
)
async def summary(request: Request, person: Caller) -> Response:
    """SIMs, active SIMs, data and SMS of this month, and what needs attention."""
    made = await person.summary()
    shown = Summary(
        total=made.total,
        active=made.active,
        month=made.month,
        used=Used(
            data=made.used.data,
            sms=made.used.sms,
            sims=made.used.sims,
            missing_days=made.used.missing_days,
            top=[_consumer(one) for one in made.used.top],
        ),
        states=dict(made.states),
        sessions=dict(made.sessions),
        ready=dict(made.ready),
        reasons=dict(made.reasons),
        accounts=made.accounts,
        policies=made.policies,
        attention=[_attention(one) for one in made.attention],
        running_out=[Sim.model_validate(row) for row in made.running_out],
    )
    return tagged(request, shown)


@router.get(
    "/quota-policies",
    summary="Policies and what they do",
    response_model=Policies,
    responses=problems(),
)
async def quota_policies(request: Request, person: Caller) -> Response:
    """Every QuotaPolicy that you may see."""
    rows = await person.policies()
    return tagged(request, Policies(items=[Policy.model_validate(row) for row in rows]))


@router.get(
    "/accounts",
    summary="Accounts and how they do",
    response_model=Accounts,
    responses=problems(),
)
async def accounts(request: Request, person: Caller) -> Response:
    """Every SIMAccount that you may see."""
    rows = await person.accounts()
    return tagged(request, Accounts(items=[Account.model_validate(row) for row in rows]))


def _consumer(one: ConsumerRow) -> Consumer:
    return Consumer(
        namespace=one.key.namespace, name=one.key.name, iccid=one.iccid, data=one.data, sms=one.sms
    )


def _attention(one: AttentionRow) -> Attention:
    return Attention(
        urgency=one.urgency,
        kind=one.kind,
        condition=one.condition,
        reason=one.reason,
        count=one.count,
        since=one.since,
        message=one.message,
        next_step=one.next_step,
        examples=[_name(key) for key in one.examples],
    )


def _name(key: Key) -> Name:
    return Name(namespace=key.namespace, name=key.name)
