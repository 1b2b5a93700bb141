"""The resources as the loop keeps them: small records, never whole objects.

A record holds what decisions need and the canonical bytes of the status last seen, so that a status
is sent only when it says something new.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.states import DeletionPolicy, ImeiLock, ManagementPolicy, SimState


class Key(NamedTuple):
    """The name of a namespaced object."""

    namespace: str
    name: str

    def __str__(self) -> str:
        """`namespace/name`, as kubectl and our metrics write it."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Meta:
    """Of `metadata`, what the loop needs; annotations only our own."""

    key: Key
    uid: str
    resource_version: str
    generation: int
    created_at: str
    """RFC 3339 in UTC, so that text order is time order."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    finalizers: tuple[str, ...]
    deleted_at: str | None = None


@dataclass(frozen=True, slots=True)
class SimSpec:
    """What a SIM resource says its SIM should be; None means: not managed."""

    iccid: str
    account: Key | None
    """None: the operator's default account."""
    state: SimState | None = None
    label: str | None = None
    imei_lock: ImeiLock | None = None
    management: ManagementPolicy = ManagementPolicy.MANAGE
    deletion: DeletionPolicy = DeletionPolicy.RETAIN
    suspend: bool = False


@dataclass(frozen=True, slots=True)
class SimRecord:
    """A SIM resource."""

    meta: Meta
    spec: SimSpec
    status: bytes
    """Canonical JSON (sorted keys) of the status last seen; `{}` where there is none."""


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """A SIMAccount resource."""

    meta: Meta
    spec: SIMAccountSpec
    status: bytes


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A QuotaPolicy resource."""

    meta: Meta
    spec: QuotaPolicySpec
    status: bytes
