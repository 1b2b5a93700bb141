"""From an object as the API server sends it to the small record that is kept.

The schema has been enforced before; but an older CRD may have let something through, so nothing
here takes a field for granted. What cannot be understood is refused by name, never guessed.
"""

import sys
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.meta import WireModel
from sim_operator.api.names import GROUP
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.resources import (
    AccountRecord,
    Key,
    Meta,
    PolicyRecord,
    SimRecord,
    SimSpec,
)
from sim_operator.domain.states import DeletionPolicy, ImeiLock, ManagementPolicy, SimState
from sim_operator.status.canonical import canonical

_OWN = f"{GROUP}/"
_NOTHING: Mapping[str, str] = MappingProxyType({})
_EMPTY_STATUS = b"{}"
_OF_VALIDATORS: Final = "Value error, "

Choice = TypeVar("Choice", bound=StrEnum)
Spec = TypeVar("Spec", bound=WireModel)


class UnreadableSpecError(ValueError):
    """A spec that this version does not understand; the message names the field."""


def meta(body: Mapping[str, Any]) -> Meta:
    """The metadata of any object.

    Raises:
        UnreadableSpecError: it has no name or no uid, so it is no object of the API server.
    """
    told = _mapping(body.get("metadata"))
    name, uid = told.get("name"), told.get("uid")
    if not isinstance(name, str) or not isinstance(uid, str):
        raise UnreadableSpecError("metadata has no name or no uid")
    return Meta(
        key=Key(sys.intern(str(told.get("namespace") or "")), name),
        uid=uid,
        resource_version=str(told.get("resourceVersion") or ""),
        generation=_integer(told.get("generation")),
        created_at=str(told.get("creationTimestamp") or ""),
        labels=_texts(told.get("labels")),
        annotations=_texts(told.get("annotations"), _OWN),
        finalizers=tuple(sys.intern(str(one)) for one in told.get("finalizers") or ()),
        deleted_at=told.get("deletionTimestamp") or None,
    )


def status_bytes(body: Mapping[str, Any]) -> bytes:
    """The status as canonical JSON, keys sorted; `{}` where there is none."""
    status = body.get("status")
    return canonical(status) if status else _EMPTY_STATUS


def sim_record(body: Mapping[str, Any]) -> SimRecord:
    """A SIM; a missing ICCID becomes an empty one, which no card has.

    Raises:
        UnreadableSpecError: a field has a value that this version does not know.
    """
    of = meta(body)
    spec = _mapping(body.get("spec"))
    return SimRecord(
        meta=of,
        spec=SimSpec(
            iccid=_text(spec, "iccid") or "",
            account=_account(spec, of.key.namespace),
            state=_choice(SimState, spec, "state"),
            label=_text(spec, "label"),
            imei_lock=_choice(ImeiLock, spec, "imeiLock"),
            management=_choice(ManagementPolicy, spec, "managementPolicy")
            or ManagementPolicy.MANAGE,
            deletion=_choice(DeletionPolicy, spec, "deletionPolicy") or DeletionPolicy.RETAIN,
            suspend=_truth(spec, "suspend"),
        ),
        status=status_bytes(body),
    )


def account_record(body: Mapping[str, Any]) -> AccountRecord:
    """A SIMAccount.

    Raises:
        UnreadableSpecError: the spec does not fit the model; the message names the fields.
    """
    return AccountRecord(meta(body), _spec(SIMAccountSpec, body), status_bytes(body))


def policy_record(body: Mapping[str, Any]) -> PolicyRecord:
    """A QuotaPolicy.

    Raises:
        UnreadableSpecError: the spec does not fit the model; the message names the fields.
    """
    return PolicyRecord(meta(body), _spec(QuotaPolicySpec, body), status_bytes(body))


def _spec(model: type[Spec], body: Mapping[str, Any]) -> Spec:
    try:
        return model.model_validate(_mapping(body.get("spec")))
    except ValidationError as error:
        told = (
            f"{'.'.join(('spec', *map(str, one['loc'])))}: "
            f"{one['msg'].removeprefix(_OF_VALIDATORS)}"
            for one in error.errors(include_url=False, include_context=False, include_input=False)
        )
        raise UnreadableSpecError("; ".join(told)) from None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _integer(value: object) -> int:
    return value if isinstance(value, int) else 0


def _texts(value: object, prefix: str = "") -> Mapping[str, str]:
    """Keys and values are shared: a fleet has few different ones."""
    if not isinstance(value, Mapping) or not value:
        return _NOTHING
    kept = [(str(key), str(text)) for key, text in value.items() if key.startswith(prefix)]
    return _shared(tuple(sorted(kept))) if kept else _NOTHING


@lru_cache(maxsize=1024)
def _shared(pairs: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return {sys.intern(key): sys.intern(text) for key, text in pairs}


def _text(spec: Mapping[str, Any], name: str) -> str | None:
    value = spec.get(name)
    if value is not None and not isinstance(value, str):
        raise UnreadableSpecError(f"spec.{name} is not a string")
    return value


def _truth(spec: Mapping[str, Any], name: str) -> bool:
    value = spec.get(name)
    if value is not None and not isinstance(value, bool):
        raise UnreadableSpecError(f"spec.{name} is neither true nor false")
    return bool(value)


def _choice(of: type[Choice], spec: Mapping[str, Any], name: str) -> Choice | None:
    value = spec.get(name)
    if value is None:
        return None
    try:
        return of(value)
    except ValueError:
        known = ", ".join(of)
        raise UnreadableSpecError(f"spec.{name} is not one of {known}") from None


def _account(spec: Mapping[str, Any], own_namespace: str) -> Key | None:
    reference = spec.get("accountRef")
    if reference is None:
        return None
    name = reference.get("name") if isinstance(reference, Mapping) else None
    if not isinstance(name, str) or not name:
        raise UnreadableSpecError("spec.accountRef has no name")
    return Key(sys.intern(str(reference.get("namespace") or own_namespace)), sys.intern(name))
