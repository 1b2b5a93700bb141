"""Every name that users and programs see: kinds, annotations, finalizers, conditions, reasons.

One place, so that a reason in a condition, in an event and in the documentation is the same string.
"""

from enum import StrEnum
from typing import Final

GROUP: Final = "sim-operator.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"
CATEGORY: Final = "iot"

SIM_KIND: Final = "SIM"
SIM_PLURAL: Final = "sims"
ACCOUNT_KIND: Final = "SIMAccount"
ACCOUNT_PLURAL: Final = "simaccounts"
POLICY_KIND: Final = "QuotaPolicy"
POLICY_PLURAL: Final = "quotapolicies"

DISABLE_FINALIZER: Final = f"{GROUP}/disable"
IN_USE_FINALIZER: Final = f"{GROUP}/in-use"

RECONCILE_ANNOTATION: Final = f"{GROUP}/reconcile-requested-at"
ACCEPT_SWEEP_ANNOTATION: Final = f"{GROUP}/accept-sweep"
RELEASE_HOLD_ANNOTATION: Final = f"{GROUP}/release-hold"

CLIENT_ID_KEY: Final = "ONCE_CLIENT_ID"
CLIENT_SECRET_KEY: Final = "ONCE_CLIENT_SECRET"  # noqa: S105 (the name of a key)
CA_BUNDLE_KEY: Final = "ca.crt"
STREAM_USERNAME_KEY: Final = "username"
STREAM_PASSWORD_KEY: Final = "password"  # noqa: S105 (the name of a key)


class ConditionType(StrEnum):
    """Condition types; Reconciling and Stalled exist only while they are true."""

    READY = "Ready"
    SYNCED = "Synced"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"


class ConditionStatus(StrEnum):
    """The three truth values of a Kubernetes condition."""

    TRUE = "True"
    FALSE = "False"
    UNKNOWN = "Unknown"


class SyncedReason(StrEnum):
    """Why a SIM's Synced condition stands as it does."""

    IN_SYNC = "InSync"
    PENDING = "Pending"
    NOT_OBSERVED = "NotObserved"
    DRIFTED = "Drifted"
    DISABLE_HELD = "DisableHeld"
    WRITE_FAILED = "WriteFailed"
    CONTESTED = "Contested"


class ReadyReason(StrEnum):
    """Why a SIM's Ready condition stands as it does."""

    RECONCILED = "Reconciled"
    OBSERVING = "Observing"
    SUSPENDED = "Suspended"
    DISABLED_BY_POLICY = "DisabledByPolicy"
    STALE = "Stale"
    PROGRESSING = "Progressing"
    ACCOUNT_NOT_READY = "AccountNotReady"
    DISABLE_HELD = "DisableHeld"
    FAILED = "Failed"
    NOT_FOUND = "NotFound"
    CONFLICT = "Conflict"
    INVALID_ICCID = "InvalidICCID"
    ACCOUNT_NOT_FOUND = "AccountNotFound"
    ACCOUNT_NOT_ALLOWED = "AccountNotAllowed"
    EXPIRED = "Expired"
    QUOTA_EXHAUSTED = "QuotaExhausted"


class AccountReason(StrEnum):
    """Why a SIMAccount is ready or not."""

    RECONCILED = "Reconciled"
    PROGRESSING = "Progressing"
    INVALID_CREDENTIALS = "InvalidCredentials"
    SECRET_NOT_FOUND = "SecretNotFound"  # noqa: S105 (a reason)
    UNREACHABLE = "Unreachable"
    RATE_LIMITED = "RateLimited"
    SWEEP_REJECTED = "SweepRejected"
    ENDPOINT_NOT_ALLOWED = "EndpointNotAllowed"
    DUPLICATE_ACCOUNT = "DuplicateAccount"
    PAUSED = "Paused"


class QuotaPolicyReason(StrEnum):
    """Why a QuotaPolicy is ready or not."""

    RECONCILED = "Reconciled"
    NO_MATCH = "NoMatch"
    USAGE_UNKNOWN = "UsageUnknown"
    PROGRESSING = "Progressing"
    INVALID_TIME_ZONE = "InvalidTimeZone"
    ACCOUNT_NOT_READY = "AccountNotReady"
    FAILED = "Failed"
