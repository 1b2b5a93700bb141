"""From a pydantic model to the structural schema that a CustomResourceDefinition accepts.

The API server knows neither `$ref` nor `anyOf` with null, nor titles. What it does not know and is
not translated is an error here, rather than a surprise at `kubectl apply`.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

Schema = dict[str, Any]

_ORDER: Final = (
    "description",
    "type",
    "format",
    "anyOf",
    "x-kubernetes-int-or-string",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "maxItems",
    "maxProperties",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-map-type",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "x-kubernetes-validations",
)


class SchemaError(ValueError):
    """The model says something that a structural schema cannot."""


def structural(model: type[BaseModel]) -> Schema:
    """The structural schema of `model`, by alias, keys in a fixed order.

    Raises:
        SchemaError: a keyword that is neither translated nor known to the API server.
    """
    raw = model.model_json_schema(by_alias=True, mode="validation")
    return _convert(raw, raw.get("$defs", {}), model.__name__)


def _convert(node: Mapping[str, Any], defs: Mapping[str, Schema], where: str) -> Schema:
    flat = _flatten(node, defs, where)
    unknown = sorted(set(flat) - set(_ORDER))
    if unknown:
        raise SchemaError(f"{where}: a structural schema has no {', '.join(unknown)}")
    if flat.get("type") == "object" and "default" in flat:
        # The API server fills in the defaults below it; two copies would have to be kept equal.
        flat["default"] = {}
    if flat.get("type") == "integer":
        flat["format"] = "int64"
    if "properties" in flat:
        flat["properties"] = {
            name: _convert(child, defs, f"{where}.{name}")
            for name, child in flat["properties"].items()
        }
    for key in ("items", "additionalProperties"):
        if key in flat:
            flat[key] = _convert(flat[key], defs, f"{where}.{key}")
    return {key: flat[key] for key in _ORDER if key in flat}


def _flatten(node: Mapping[str, Any], defs: Mapping[str, Schema], where: str) -> Schema:
    """`node` without `$ref`, null and titles; what stands beside a reference wins over it."""
    flat = {key: value for key, value in node.items() if key not in {"title", "$defs"}}
    if "$ref" in flat:
        target = defs[flat.pop("$ref").removeprefix("#/$defs/")]
        return _flatten(target | flat, defs, where)
    if "anyOf" in flat and "x-kubernetes-int-or-string" not in flat:
        kinds = [kind for kind in flat.pop("anyOf") if kind != {"type": "null"}]
        if len(kinds) != 1:
            raise SchemaError(f"{where}: a field has one type, and perhaps null")
        return _flatten(kinds[0] | flat, defs, where)
    if "default" in flat and flat["default"] is None:
        del flat["default"]
    if "description" in flat:
        flat["description"] = " ".join(flat["description"].split())
    return flat
