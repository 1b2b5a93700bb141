"""The closed sets of words in spec and status.

They stand beside the models because the generated schemas list them: an unknown word is refused by
the API server, before the operator ever sees it.
"""

from enum import StrEnum


class SimState(StrEnum):
    """Whether 1NCE lets the SIM use its networks; the only two values its API knows."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class ImeiLock(StrEnum):
    """Whether the SIM works only in the device that it is in."""

    LOCKED = "Locked"
    UNLOCKED = "Unlocked"


class Session(StrEnum):
    """How the SIM stands on the network."""

    ONLINE = "Online"
    ATTACHED = "Attached"
    OFFLINE = "Offline"
    BLOCKED = "Blocked"


class QuotaLevel(StrEnum):
    """How much of the bought volume is left."""

    SUFFICIENT = "Sufficient"
    LOW = "Low"
    EXHAUSTED = "Exhausted"


class ManagementPolicy(StrEnum):
    """Whether the operator may write to 1NCE for a SIM."""

    MANAGE = "Manage"
    OBSERVE = "Observe"


class DeletionPolicy(StrEnum):
    """What becomes of the SIM at 1NCE when its resource is deleted."""

    RETAIN = "Retain"
    DISABLE = "Disable"


class PolicyMode(StrEnum):
    """Whether a QuotaPolicy acts or only says what it would do."""

    AUDIT = "Audit"
    ENFORCE = "Enforce"


class PeriodKind(StrEnum):
    """The time for which the limits of a QuotaPolicy hold."""

    DAILY = "Daily"
    MONTHLY = "Monthly"
    LIFETIME = "Lifetime"


class PolicyLimitAction(StrEnum):
    """What a QuotaPolicy asks for where a limit is passed."""

    NONE = "None"
    DISABLE = "Disable"


class Resume(StrEnum):
    """When a SIM that a QuotaPolicy switched off comes back."""

    NEXT_PERIOD = "NextPeriod"
    NEVER = "Never"


class PolicyAction(StrEnum):
    """What a QuotaPolicy does, or would do, with a SIM."""

    NONE = "None"
    WARN = "Warn"
    DISABLE = "Disable"
    HOLD = "Hold"


class PolicyReason(StrEnum):
    """Why a QuotaPolicy decided as it did for a SIM."""

    WITHIN_LIMIT = "WithinLimit"
    WARNED = "Warned"
    EXCEEDED = "Exceeded"
    POOL_EXCEEDED = "PoolExceeded"
    HELD = "Held"
    OWNER_DISABLED = "OwnerDisabled"
    OBSERVING = "Observing"
    USAGE_UNKNOWN = "UsageUnknown"
    WAITING_FOR_PERIOD = "WaitingForPeriod"


class AccountMode(StrEnum):
    """How far the operator may go with an account."""

    ACTIVE = "Active"
    OBSERVE = "Observe"
    PAUSED = "Paused"


class ManagementAPIVersion(StrEnum):
    """The generation of 1NCE's Management API."""

    V1 = "v1"
    V2 = "v2"


class NamespacesFrom(StrEnum):
    """Which namespaces may refer to an account."""

    SAME = "Same"
    ALL = "All"
    SELECTOR = "Selector"


class SelectorOperator(StrEnum):
    """How a label selector compares a label with its values."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"
