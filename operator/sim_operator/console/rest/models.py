"""The shapes of what is read: rows of the fleet, with descriptions and units for `/docs`.

Their fields are those of the rows, from which they are made by name; a row is not told outside by
accident, because a field has to stand here, too.
"""

from typing import Annotated

from pydantic import ConfigDict, Field

from sim_operator.api.meta import WireModel

Bytes = Annotated[int | None, Field(description="Bytes; null: not known.")]
Messages = Annotated[int | None, Field(description="Short messages; null: not known.")]
Moment = Annotated[str | None, Field(description="RFC 3339 in UTC; null: not known.")]
Text = Annotated[str | None, Field(description="null: not known.")]


class Shown(WireModel):
    """Made of a row, by the names of its fields."""

    model_config = ConfigDict(from_attributes=True)


class Condition(Shown):
    """A condition, as metav1.Condition."""

    type: str = Field(description="Ready, Synced, Reconciling or Stalled.")
    status: str = Field(description="True, False or Unknown.")
    reason: str = Field(description="Why, in one word.", examples=["Reconciled"])
    message: str = Field(description="Why, in sentences.")
    since: str = Field(description="When the status last changed, RFC 3339 in UTC.")


class Quota(Shown):
    """What was bought, and what is left: bytes for data, messages for SMS."""

    level: Text = Field(description="Sufficient, Low or Exhausted.")
    total: int | None
    remaining: int | None
    expires_at: Moment


class PeriodUsage(Shown):
    """What was used in one period of the policy."""

    period: str = Field(examples=["2026-11"])
    since: Moment
    data: Bytes
    sms: Messages
    as_of: Moment


class Hold(Shown):
    """A policy keeps the SIM off."""

    period: str
    since: str
    state_before: str


class Decision(Shown):
    """The policy that decides about the SIM."""

    name: str
    mode: Text = Field(description="Audit or Enforce.")
    action: Text = Field(description="What is done: None, Warn, Disable or Hold.")
    would_do: Text = Field(description="What a policy in Audit would do.")
    reason: Text = Field(examples=["WithinLimit"])
    exhausts_at: Text = Field(description="A day: when the limit is expected to be reached.")
    hold: Hold | None


class Wish(Shown):
    """What the resource says the SIM should be; null: not managed."""

    state: str | None
    label: str | None
    imei_lock: str | None
    management: str = Field(description="Manage or Observe.")
    deletion: str = Field(description="Retain or Disable.")
    suspended: bool


class Sim(Shown):
    """One SIM resource, and what 1NCE shows of its SIM."""

    namespace: str
    name: str
    uid: str
    resource_version: str = Field(
        description="Send it along with a write, so that nobody changes what they have not seen."
    )
    created_at: str = Field(description="RFC 3339 in UTC.")
    deleting: bool
    labels: dict[str, str]
    iccid: str = Field(description="19 digits.", examples=["8988303004496466699"])
    imsi: Text
    msisdn: Text
    imei: Text
    ip_address: Text
    activated_at: Moment
    account: Text = Field(description="namespace/name of the SIMAccount.")
    wished: Wish
    state: Text = Field(description="Enabled or Disabled, as 1NCE shows it.")
    label: Text = Field(description="As 1NCE shows it.")
    imei_lock: Text = Field(description="Locked or Unlocked, as 1NCE shows it.")
    session: Text = Field(description="Online, Attached, Offline or Blocked.")
    data: Quota | None = Field(description="Data volume in bytes.")
    sms: Quota | None = Field(description="Short messages.")
    usage: PeriodUsage | None
    policy: Decision | None
    conditions: list[Condition]


class Pool(Shown):
    """What all SIMs of a policy used together, and may."""

    used: int | None
    limit: int | None


class Top(Shown):
    """One of the heaviest SIMs of a policy."""

    name: str
    data: Bytes
    sms: Messages
    percent: int | None = Field(description="Of the limit.")


class Policy(Shown):
    """One QuotaPolicy."""

    namespace: str
    name: str
    uid: str
    created_at: str
    labels: dict[str, str]
    selector: str = Field(description="As kubectl takes it.", examples=["fleet=pumps"])
    mode: str
    priority: int
    period: str
    time_zone: str
    action: str
    resume: str
    warn_at_percent: list[int]
    max_disabled: str
    data_per_sim: Bytes = Field(alias="dataPerSIM")
    data_pool: Bytes
    sms_per_sim: Messages = Field(alias="smsPerSIM")
    sms_pool: Messages
    matched: int | None
    warned: int | None
    exceeded: int | None
    disabled: int | None
    held: int | None
    pool_data: Pool | None
    pool_sms: Pool | None
    top: list[Top]
    exhausts_at: Text = Field(description="A day.")
    max_overshoot: Bytes
    conditions: list[Condition]


class Account(Shown):
    """One SIMAccount, without anything of its credentials."""

    namespace: str
    name: str
    uid: str
    created_at: str
    labels: dict[str, str]
    mode: str
    endpoint: str
    api: str = Field(description="v1 or v2.")
    sweep_interval: Text = Field(description="A duration such as 5m.")
    detail_interval: Text = Field(description="A duration such as 1h; 0s: not by itself.")
    requests_per_second: int
    total: int | None = Field(description="SIMs of the account at 1NCE.")
    enabled: int | None
    disabled: int | None
    claimed: int | None = Field(description="SIMs that a resource claims.")
    unclaimed: int | None
    last_sweep_at: Moment
    last_sweep_seconds: int | None
    last_sweep_requests: int | None
    last_sweep_sims: int | None
    max_disables_per_hour: str
    max_missing: str
    disables_in_window: int | None = Field(description="SIMs switched off in the last hour.")
    holding: int | None = Field(description="SIMs that wait for the budget of the hour.")
    rejected_fingerprint: Text = Field(description="Of a sweep that is not believed.")
    believed_count: int | None
    conditions: list[Condition]
