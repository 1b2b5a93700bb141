"""Resources to decide about, as they are where a test says nothing else."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.names import RECONCILE_ANNOTATION
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, Meta, SimRecord, SimSpec
from sim_operator.domain.sim import ObservedSim
from sim_operator.domain.states import ImeiLock, SimState

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TICK = 1000.0
"""The monotonic moment of NOW."""
ICCID = Iccid("8988303000123456789")
ACCOUNT = Key("sim-operator", "default")
SIM = Key("plant-a", "pump-17")


def meta(key: Key, **changes: Any) -> Meta:
    """Metadata of a resource that is a day old."""
    told: dict[str, Any] = {
        "key": key,
        "uid": f"uid-of-{key.namespace}-{key.name}",
        "resource_version": "1",
        "generation": 1,
        "created_at": "2026-11-22T12:00:00Z",
        "labels": MappingProxyType({}),
        "annotations": MappingProxyType({}),
        "finalizers": (),
    }
    return Meta(**(told | changes))


def sim_record(
    key: Key = SIM,
    *,
    iccid: str = ICCID,
    account: Key | None = ACCOUNT,
    status: Any = None,
    request: str | None = None,
    spec: dict[str, Any] | None = None,
    **of_meta: Any,
) -> SimRecord:
    """A SIM resource; `spec` holds the fields of SimSpec that differ from the defaults."""
    if request is not None:
        of_meta["annotations"] = {RECONCILE_ANNOTATION: request}
    told = orjson.dumps(status or {}, option=orjson.OPT_SORT_KEYS)
    return SimRecord(meta(key, **of_meta), SimSpec(iccid, account, **(spec or {})), told)


def account_record(
    key: Key = ACCOUNT, *, spec: dict[str, Any] | None = None, status: Any = None, **of_meta: Any
) -> AccountRecord:
    """A SIMAccount; `spec` as in YAML."""
    parsed = SIMAccountSpec.model_validate({"credentialsSecretRef": {"name": "s"}, **(spec or {})})
    told = orjson.dumps(status or {}, option=orjson.OPT_SORT_KEYS)
    return AccountRecord(meta(key, **of_meta), parsed, told)


def observed(iccid: Iccid = ICCID, **changes: Any) -> ObservedSim:
    """A SIM as 1NCE shows it: switched on, labelled, unlocked."""
    told: dict[str, Any] = {
        "state": SimState.ENABLED,
        "label": "pump",
        "imei_lock": ImeiLock.UNLOCKED,
    }
    return ObservedSim(iccid, **(told | changes))


def iccids(count: int, first: int = 0) -> frozenset[Iccid]:
    """So many ICCIDs, counted up from `first`."""
    return frozenset(Iccid(f"{8988303000000000000 + n}") for n in range(first, first + count))
