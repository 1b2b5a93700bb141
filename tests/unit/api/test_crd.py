"""The generated CustomResourceDefinitions: current, complete, in what the API server takes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim_operator.api import crd
from sim_operator.api.names import CATEGORY, GROUP, VERSION

ROOT = Path(__file__).parents[3]
CRDS = {name: yaml.safe_load(text) for name, text in crd.crds().items()}
FORBIDDEN = {"$ref", "$defs", "title", "oneOf", "allOf", "not", "const", "nullable"}
MAX_SELECTABLE_FIELDS = 8


def schemas(node: dict[str, Any], where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each schema below `node`, with the path to it."""
    yield where, node
    for name, child in node.get("properties", {}).items():
        yield from schemas(child, f"{where}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from schemas(node[key], f"{where}[]")


def version_of(name: str) -> dict[str, Any]:
    versions = CRDS[name]["spec"]["versions"]
    assert [version["name"] for version in versions] == [VERSION]
    found: dict[str, Any] = versions[0]
    return found


def fields() -> list[Any]:
    return [
        pytest.param(schema, id=where)
        for name in CRDS
        for where, schema in schemas(version_of(name)["schema"]["openAPIV3Schema"], name)
        if not where.endswith(".metadata")
    ]


def test_the_committed_files_are_what_the_models_say() -> None:
    for name, text in crd.crds().items():
        committed = (ROOT / "crds" / name).read_text(encoding="utf-8")
        assert committed == text, f"crds/{name} is out of date: run `make generate`"


def test_the_folder_holds_nothing_else() -> None:
    assert {path.name for path in (ROOT / "crds").iterdir()} == set(crd.crds())


def test_every_run_generates_the_same_bytes() -> None:
    assert crd.crds() == crd.crds()


def test_every_file_says_where_to_edit() -> None:
    for text in crd.crds().values():
        assert text.startswith("# Generated from operator/sim_operator/api; edit the models there")


def test_files_carry_no_anchors() -> None:
    for text in crd.crds().values():
        tokens = [type(token) for token in yaml.scan(text)]
        assert yaml.AnchorToken not in tokens
        assert yaml.AliasToken not in tokens


@pytest.mark.parametrize("name", CRDS)
def test_a_kind_is_namespaced_with_a_status_of_its_own(name: str) -> None:
    spec = CRDS[name]["spec"]
    assert CRDS[name]["metadata"]["name"] == f"{name.removesuffix('.yaml')}.{GROUP}"
    assert spec["scope"] == "Namespaced"
    assert spec["names"]["categories"] == [CATEGORY]
    assert version_of(name)["subresources"] == {"status": {}}


@pytest.mark.parametrize("schema", fields())
def test_a_field_is_described_in_whole_sentences(schema: dict[str, Any]) -> None:
    text = schema["description"]
    assert text.endswith(".")
    assert "\n" not in text
    assert "  " not in text


@pytest.mark.parametrize("schema", fields())
def test_a_field_has_bounds(schema: dict[str, Any]) -> None:
    if "enum" in schema:
        return
    if schema.get("type", "string") == "string":
        assert "maxLength" in schema
    elif schema["type"] == "array":
        assert "maxItems" in schema
        assert "x-kubernetes-list-type" in schema
    elif "additionalProperties" in schema:
        assert "maxProperties" in schema


@pytest.mark.parametrize("schema", fields())
def test_a_field_uses_only_what_a_structural_schema_has(schema: dict[str, Any]) -> None:
    assert not FORBIDDEN & set(schema)
    assert "x-kubernetes-preserve-unknown-fields" not in schema
    assert ("anyOf" in schema) == ("x-kubernetes-int-or-string" in schema)
    assert ("type" in schema) != ("x-kubernetes-int-or-string" in schema)
    assert schema.get("type") != "number", "no floats"


@pytest.mark.parametrize("schema", fields())
def test_a_rule_says_what_to_do(schema: dict[str, Any]) -> None:
    for rule in schema.get("x-kubernetes-validations", []):
        assert len(rule["message"].split()) >= 5
        assert rule["message"] == rule["message"].strip()
        assert "self" not in rule["message"]


@pytest.mark.parametrize("name", CRDS)
def test_conditions_are_a_map_by_type(name: str) -> None:
    root = version_of(name)["schema"]["openAPIV3Schema"]
    conditions = root["properties"]["status"]["properties"]["conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert set(conditions["items"]["properties"]) == {
        "type",
        "status",
        "observedGeneration",
        "lastTransitionTime",
        "reason",
        "message",
    }


@pytest.mark.parametrize("name", CRDS)
def test_columns_and_selectable_fields_name_fields_that_exist(name: str) -> None:
    version = version_of(name)
    known = {where for where, _ in schemas(version["schema"]["openAPIV3Schema"], "")}
    known.add(".metadata.creationTimestamp")
    paths = [column["jsonPath"] for column in version["additionalPrinterColumns"]]
    selectable = [field["jsonPath"] for field in version.get("selectableFields", [])]
    assert len(selectable) <= MAX_SELECTABLE_FIELDS
    for path in paths + selectable:
        before, _, after = path.partition("[?(@.type==")
        assert before in known
        if after:
            assert before + "[]" + after.partition(")]")[2] in known


def test_a_default_stands_in_spec_only() -> None:
    for name in CRDS:
        status = version_of(name)["schema"]["openAPIV3Schema"]["properties"]["status"]
        assert not [where for where, schema in schemas(status, "status") if "default" in schema]
