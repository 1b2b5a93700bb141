"""The few words a SIM's life is told in; the same as in the resources, so defined once, there."""

from sim_operator.api.choices import (
    AccountMode,
    DeletionPolicy,
    ImeiLock,
    ManagementPolicy,
    QuotaLevel,
    Session,
    SimState,
)

__all__ = [
    "AccountMode",
    "DeletionPolicy",
    "ImeiLock",
    "ManagementPolicy",
    "QuotaLevel",
    "Session",
    "SimState",
]
