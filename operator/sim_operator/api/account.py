"""The SIMAccount resource: one 1NCE account, its credentials, its pace and its safety."""

from pydantic import ConfigDict, Field

from sim_operator.api import durations
from sim_operator.api.account_status import SIMAccountStatus
from sim_operator.api.choices import AccountMode, ManagementAPIVersion, NamespacesFrom
from sim_operator.api.meta import LabelSelector, LocalObjectReference, WireModel
from sim_operator.api.schema_types import DetailInterval, IntOrPercent, SweepInterval, rule, rules

__all__ = ["SIMAccountSpec", "SIMAccountStatus"]

DEFAULT_ENDPOINT = "https://api.1nce.com/management-api"

_HOST = "([A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\\\\[[0-9A-Fa-f:.]+\\\\])"
_PATH = "(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*"
_SCHEME = "^https?://"
_EXTRAS = "[@?#]"

_ENDPOINT_RULES = rules(
    rule(
        f"self.matches('{_SCHEME}')",
        "the endpoint begins with https:// (or http://, where the operator allows it)",
    ),
    rule(
        f"!self.matches('{_EXTRAS}')",
        "the endpoint carries no user, query or fragment: remove '@', '?' and '#', "
        "and put credentials into the Secret",
    ),
    rule(
        f"!self.matches('{_SCHEME}') || self.matches('{_EXTRAS}') || "
        f"self.matches('{_SCHEME}{_HOST}(:[0-9]{{1,5}})?{_PATH}$')",
        "the endpoint is a host, perhaps a port, and a path without a slash at its end, "
        f"such as {DEFAULT_ENDPOINT}",
    ),
)


class AllowedNamespaces(WireModel):
    """The namespaces whose SIMs may use an account."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "!has(self.from) || self.from != 'Selector' || has(self.selector)",
                "'from: Selector' needs a selector: add one, or use 'from: All' for every "
                "namespace",
                reason="FieldValueRequired",
                field_path=".selector",
            ),
            rule(
                "(has(self.from) && self.from == 'Selector') || !has(self.selector)",
                "a selector counts only with 'from: Selector': set that, or remove the selector",
                reason="FieldValueForbidden",
                field_path=".selector",
            ),
        )
    )

    from_: NamespacesFrom = Field(
        default=NamespacesFrom.SAME,
        alias="from",
        description="Same: only the namespace of the account. All: every namespace. "
        "Selector: those whose labels the selector matches. Default: Same.",
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="Labels of the namespaces, for 'from: Selector'. {} matches every namespace.",
    )


class Sync(WireModel):
    """How often the account is read."""

    interval: SweepInterval = Field(
        default="5m",
        description="Time between sweeps, each of which lists every SIM of the account (100 a "
        "call). A duration of 1s to 24h. Where the rate limit cannot carry it, it is stretched, "
        "and status.effectiveIntervals says so. Default: 5m.",
    )
    detail_interval: DetailInterval = Field(
        default="1h",
        description="Time in which quota and session of every claimed SIM are read once (three "
        "calls a SIM). A duration of 1s to 168h; stretched to at most half of the rate limit. 0s: "
        "they are read only where a QuotaPolicy needs them. Default: 1h.",
    )

    @property
    def interval_seconds(self) -> float:
        """`interval` in seconds."""
        return durations.seconds(self.interval)

    @property
    def detail_interval_seconds(self) -> float:
        """`detail_interval` in seconds; 0: details are read only where a policy needs them."""
        return durations.seconds(self.detail_interval)


class RateLimit(WireModel):
    """How fast calls to 1NCE may follow each other."""

    requests_per_second: int = Field(
        default=8,
        ge=1,
        le=10,
        description="Calls that may begin within any one second, retries included: 1 to 10. 1NCE "
        "refuses more than 10 for a customer as a whole, so leave room for other programs. "
        "Default: 8.",
    )


class Protection(WireModel):
    """Guards against switching off or losing many SIMs by mistake."""

    max_disables_per_hour: IntOrPercent = Field(
        default="10%",
        description="SIMs that may be switched off within any hour, whatever the cause: a number, "
        "or a percentage of the SIMs claimed in this account (rounded up, at least 1). Those "
        "beyond it wait, visibly; raise the number to let them through. Default: 10%.",
    )
    max_missing: IntOrPercent = Field(
        default="10%",
        description="SIMs that a sweep may miss: a number, or a percentage of those known. A "
        "sweep that lost more, and more than 2, is not believed: nothing is written until one is "
        "complete again or a person accepts it. Default: 10%.",
    )


class DataStreamer(WireModel):
    """Intake of records that the 1NCE Data Streamer sends."""

    credentials_secret_ref: LocalObjectReference = Field(
        description="Secret in the same namespace with the keys username and password, "
        "which the Data Streamer has to present."
    )


class SIMAccountSpec(WireModel):
    """How to reach a 1NCE account, at which pace, and how far the operator may go."""

    endpoint: str = Field(
        default=DEFAULT_ENDPOINT,
        min_length=1,
        max_length=512,
        description="Base URL of the 1NCE Management API, without version and without a slash at "
        "its end. The operator "
        f"has to allow it (SIM_OPERATOR_ALLOWED_ENDPOINTS). Default: {DEFAULT_ENDPOINT}.",
        json_schema_extra=_ENDPOINT_RULES,
    )
    management_api_version: ManagementAPIVersion = Field(
        default=ManagementAPIVersion.V2,
        alias="managementAPIVersion",
        description="Version of the Management API. v1 retires at the end of 2026. Default: v2.",
    )
    credentials_secret_ref: LocalObjectReference = Field(
        description="Secret in the same namespace with the keys ONCE_CLIENT_ID and "
        "ONCE_CLIENT_SECRET. A change of the Secret is taken up without a restart."
    )
    ca_bundle_config_map_ref: LocalObjectReference | None = Field(
        default=None,
        description="ConfigMap in the same namespace whose key ca.crt holds the certificates "
        "(PEM) to trust for the endpoint, for example those of a corporate proxy. Absent: the "
        "usual public ones.",
    )
    mode: AccountMode = Field(
        default=AccountMode.ACTIVE,
        description="Active: SIMs are read and written. Observe: they are read, and nothing is "
        "written for any SIM. Paused: no call is made at all. Default: Active.",
    )
    allowed_namespaces: AllowedNamespaces = Field(
        default=AllowedNamespaces(),
        description="Namespaces whose SIMs may use this account, also where it is the default "
        "account. Default: the namespace of the account only.",
    )
    sync: Sync = Field(default=Sync(), description="How often the account is read.")
    rate_limit: RateLimit = Field(
        default=RateLimit(), description="How fast calls to 1NCE may follow each other."
    )
    protection: Protection = Field(
        default=Protection(),
        description="Guards against switching off or losing many SIMs by mistake.",
    )
    data_streamer: DataStreamer | None = Field(
        default=None,
        description="Intake of records that the 1NCE Data Streamer sends to the operator. "
        "Absent: off, and answered with 404.",
    )
