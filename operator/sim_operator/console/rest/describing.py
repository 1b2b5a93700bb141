"""Parts of an OpenAPI description in words, for `/docs` and for the reference page."""

from collections.abc import Mapping
from typing import Any


def told(about: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a field or parameter is, its default and examples."""
    examples = schema.get("examples") or about.get("examples") or ()
    shown = [str(one) for one in examples] if isinstance(examples, list) else []
    default = schema.get("default")
    parts = [
        str(about.get("description") or schema.get("description") or ""),
        f"Default: {default}." if default is not None else "",
        f"Such as {', '.join(shown)}." if shown else "",
    ]
    return " ".join(part for part in parts if part)


def type_of(schema: Mapping[str, Any], named: Mapping[str, Any] | None = None) -> str:
    """The type, in few words. `named`: shapes whose words are told in place of their name."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        shape = (named or {}).get(name) or {}
        return type_of(shape) if "enum" in shape else name
    if "anyOf" in schema:
        return " or ".join(type_of(one, named) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items') or {}, named)}"
    return str(schema.get("format") or schema.get("type") or "")
