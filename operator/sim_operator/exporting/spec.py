"""A spec without what its CustomResourceDefinition fills in anyway, in the order of the schema.

What is left is what somebody chose, and the API server makes the same of it again. The schema is
that of this version of the program.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.meta import WireModel
from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.api.schema import Schema, structural
from sim_operator.api.sim import SimSpec

_MODELS: Final[Mapping[str, type[WireModel]]] = {
    SIM_KIND: SimSpec,
    ACCOUNT_KIND: SIMAccountSpec,
    POLICY_KIND: QuotaPolicySpec,
}


@cache
def schema_of(kind: str) -> Schema:
    """The schema of a kind's spec."""
    return structural(_MODELS[kind])


def chosen(spec: Mapping[str, Any], schema: Schema) -> dict[str, Any]:
    """`spec` without its defaults; fields that the schema does not know stay, behind the others."""
    known: Mapping[str, Schema] = schema.get("properties") or {}
    needed = frozenset(schema.get("required") or ())
    found: dict[str, Any] = {}
    for name, inner in known.items():
        if name not in spec:
            continue
        value = _value(spec[name], inner)
        if name in needed or "default" not in inner or not _is(value, inner["default"]):
            found[name] = value
    found.update((name, spec[name]) for name in sorted(spec.keys() - known.keys()))
    return found


def _value(value: Any, schema: Schema) -> Any:
    if isinstance(value, Mapping):
        if "properties" in schema:
            return chosen(value, schema)
        return {name: value[name] for name in sorted(value)}
    if isinstance(value, list) and "items" in schema:
        return [_value(one, schema["items"]) for one in value]
    return value


def _is(value: Any, default: Any) -> bool:
    """Equal, and of one type: for Python `False == 0`."""
    return type(value) is type(default) and bool(value == default)
