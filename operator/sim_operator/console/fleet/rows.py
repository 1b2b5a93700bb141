"""SIMs, policies and accounts as the console shows them: immutable, flat, quick to compare.

Data in bytes and SMS in messages; moments as the API server writes them, RFC 3339 in UTC, so that
text order is time order. A None is not known, and never a zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sim_operator.domain.resources import Key


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition, as metav1.Condition."""

    type: str
    status: str
    reason: str
    message: str
    since: str
    observed_generation: int | None


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """What was bought and what is left: bytes for data, messages for SMS."""

    level: str | None
    total: int | None
    remaining: int | None
    expires_at: str | None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What was used in one period."""

    period: str
    since: str | None
    data: int | None
    sms: int | None
    as_of: str | None


@dataclass(frozen=True, slots=True)
class HoldRow:
    """That a policy keeps the SIM off."""

    period: str
    since: str
    state_before: str


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """The policy that decides about a SIM, and its decision."""

    name: str
    mode: str | None
    action: str | None
    would_do: str | None
    reason: str | None
    exhausts_at: str | None
    hold: HoldRow | None


@dataclass(frozen=True, slots=True)
class WishRow:
    """What the resource says the SIM should be; None: not managed."""

    state: str | None
    label: str | None
    imei_lock: str | None
    management: str
    deletion: str
    suspended: bool


@dataclass(frozen=True, slots=True)
class SimRow:
    """One SIM resource."""

    key: Key
    uid: str
    resource_version: str
    generation: int
    created_at: str
    deleting: bool
    labels: Mapping[str, str]
    iccid: str
    """19 digits where it is one, else as the spec has it."""
    imsi: str | None
    msisdn: str | None
    imei: str | None
    ip_address: str | None
    activated_at: str | None
    account: str | None
    """`namespace/name`: the one in use, else the one that the spec names."""
    wished: WishRow
    state: str | None
    label: str | None
    imei_lock: str | None
    session: str | None
    data: QuotaRow | None
    sms: QuotaRow | None
    usage: UsageRow | None
    policy: DecisionRow | None
    conditions: tuple[ConditionRow, ...]
    observed_generation: int | None
    handled_reconcile: str | None
    ready: ConditionRow | None
    """The one of the conditions that says whether all is well."""
    text: str
    """Everything that a search looks at, in lower case, apart by line breaks."""

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.key.namespace

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.name

    @property
    def reason(self) -> str | None:
        """Why it is ready, or not."""
        return self.ready.reason if self.ready is not None else None

    def condition(self, type_: str) -> ConditionRow | None:
        """The condition of a type."""
        return next((one for one in self.conditions if one.type == type_), None)


@dataclass(frozen=True, slots=True)
class PoolRow:
    """What all SIMs of a policy used together: bytes or messages."""

    used: int | None
    limit: int | None


@dataclass(frozen=True, slots=True)
class TopRow:
    """One of the heaviest SIMs of a policy."""

    name: str
    data: int | None
    sms: int | None
    percent: int | None


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One QuotaPolicy."""

    key: Key
    uid: str
    created_at: str
    labels: Mapping[str, str]
    selector: str
    """As text: `fleet=pumps,site in (a,b)`; empty: every SIM of the namespace."""
    mode: str
    priority: int
    period: str
    time_zone: str
    action: str
    resume: str
    warn_at_percent: tuple[int, ...]
    max_disabled: str
    data_per_sim: int | None
    data_pool: int | None
    sms_per_sim: int | None
    sms_pool: int | None
    matched: int | None
    warned: int | None
    exceeded: int | None
    disabled: int | None
    held: int | None
    pool_data: PoolRow | None
    pool_sms: PoolRow | None
    top: tuple[TopRow, ...]
    exhausts_at: str | None
    max_overshoot: int | None
    conditions: tuple[ConditionRow, ...]
    ready: ConditionRow | None

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.key.namespace

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.name


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One SIMAccount, without anything of its credentials."""

    key: Key
    uid: str
    created_at: str
    labels: Mapping[str, str]
    mode: str
    endpoint: str
    api: str
    sweep_interval: str | None
    detail_interval: str | None
    requests_per_second: int
    total: int | None
    enabled: int | None
    disabled: int | None
    claimed: int | None
    unclaimed: int | None
    last_sweep_at: str | None
    last_sweep_seconds: int | None
    last_sweep_requests: int | None
    last_sweep_sims: int | None
    max_disables_per_hour: str
    max_missing: str
    disables_in_window: int | None
    holding: int | None
    rejected_fingerprint: str | None
    believed_count: int | None
    conditions: tuple[ConditionRow, ...]
    ready: ConditionRow | None

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.key.namespace

    @property
    def name(self) -> str:
        """Its name."""
        return self.key.name


Row = SimRow | PolicyRow | AccountRow
