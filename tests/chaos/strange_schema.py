"""Values for whatever a CRD's schema describes: those that it takes, and some that it does not.

Made from `crds/*.yaml` alone, so that a field that is added later is tried without anybody's help.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from tests.integration.world import Json

_CRDS: Final = Path(__file__).parents[2] / "crds"
_MATCHES: Final = re.compile(r"self\.matches\('(.+)'\)")
_INTEGERS: Final = (-(2**53), 2**53)
_SOME_TEXT: Final = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12
)

Given = Mapping[str, st.SearchStrategy[Any]]
"""Strategies by the dotted path of a field, for fields whose values have to mean something."""


def spec_schema(plural: str) -> Json:
    """The schema of a resource's spec."""
    content = yaml.safe_load((_CRDS / f"{plural}.yaml").read_text(encoding="utf-8"))
    version = content["spec"]["versions"][0]
    schema: Json = version["schema"]["openAPIV3Schema"]["properties"]["spec"]
    return schema


def status_schema(plural: str) -> Json:
    """The schema of a resource's status."""
    content = yaml.safe_load((_CRDS / f"{plural}.yaml").read_text(encoding="utf-8"))
    version = content["spec"]["versions"][0]
    schema: Json = version["schema"]["openAPIV3Schema"]["properties"]["status"]
    return schema


def fitting(schema: Json, given: Given, path: str = "") -> st.SearchStrategy[Any]:
    """Values that the types, bounds and simple rules of a schema allow.

    A rule that spans fields may still refuse one: the API server has the last word.
    """
    if path in given:
        return given[path]
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("x-kubernetes-int-or-string"):
        return st.one_of(_integers(schema), _texts(schema))
    match schema.get("type"):
        case "boolean":
            return st.booleans()
        case "integer":
            return _integers(schema)
        case "string":
            return _texts(schema)
        case "array":
            items = fitting(schema["items"], given, f"{path}[]")
            most = min(4, schema.get("maxItems", 4))
            return st.lists(items, max_size=most)
        case _:
            return _objects(schema, given, path)


def _objects(schema: Json, given: Given, path: str) -> st.SearchStrategy[Any]:
    properties = schema.get("properties")
    if properties is None:
        values = schema.get("additionalProperties") or {"type": "string", "maxLength": 8}
        keys = st.from_regex(r"\A[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?\Z")
        return st.dictionaries(keys, fitting(values, given, f"{path}.*"), max_size=3)
    needed = set(schema.get("required") or ())
    made = {
        name: fitting(inner, given, f"{path}.{name}".lstrip("."))
        for name, inner in properties.items()
    }
    return st.fixed_dictionaries(
        {name: of for name, of in made.items() if name in needed},
        optional={name: of for name, of in made.items() if name not in needed},
    )


def _integers(schema: Json) -> st.SearchStrategy[int]:
    least, most = schema.get("minimum", _INTEGERS[0]), schema.get("maximum", _INTEGERS[1])
    ends = st.sampled_from([least, most])
    return st.one_of(st.integers(max(least, -3), min(most, 300)), ends)


def _texts(schema: Json) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20))
    rules = [str(one["rule"]) for one in schema.get("x-kubernetes-validations") or ()]
    patterns = [found[1] for rule in rules if (found := _MATCHES.search(rule))]
    pattern = schema.get("pattern") or (patterns[0] if patterns else None)
    most = schema.get("maxLength", 64)
    if pattern is None or r"\\P{" in pattern:
        plain = st.one_of(_SOME_TEXT, st.just("ü" * most), st.just("x" * most), st.just("🛰" * 3))
        return plain.map(lambda text: text[:most])
    # CEL escapes its backslashes once more than a regular expression does.
    shape = pattern.replace("\\\\", "\\").replace("^", "", 1).removesuffix("$")
    return st.from_regex(rf"\A(?:{shape})\Z").filter(lambda text: len(text) <= most)


def refused(spec: Json) -> st.SearchStrategy[Json]:
    """The spec with one field of another type, an unknown word, or too much of something."""
    strange = st.sampled_from(
        [
            "",
            "Perhaps",
            "x" * 4096,
            -1,
            2**60,
            1.5,
            True,
            None,
            [],
            {},
            ["x"] * 400,
            {"a": {"b": 1}},
        ]
    )
    fields = sorted(spec)
    return st.builds(lambda name, value: {**spec, name: value}, st.sampled_from(fields), strange)
