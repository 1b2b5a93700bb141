"""What values.schema.json says of `account` is what the CRD of SIMAccount says.

`python -m tests.chart.account_spec` writes that part of the schema anew, from the CRD.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
CRD: Final = ROOT / "crds" / "simaccounts.yaml"
SCHEMA: Final = ROOT / "charts" / "sim-operator" / "values.schema.json"
SET_BY_THE_CHART: Final = "allowedNamespaces"
"""Has a value of its own, so that nobody makes an account without it."""


def wanted() -> dict[str, dict[str, Any]]:
    """JSON schemas of the values `account.spec` and `account.allowedNamespaces`.

    Nothing of the spec is required: the chart has defaults.
    """
    (version,) = yaml.safe_load(CRD.read_text(encoding="utf-8"))["spec"]["versions"]
    spec = plain(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    spec.pop("required", None)
    namespaces = spec["properties"].pop(SET_BY_THE_CHART)
    spec["description"] = "The rest of the account's spec, as a SIMAccount takes it."
    namespaces["description"] = "Namespaces whose SIMs may use the account; required to make one."
    return {SET_BY_THE_CHART: namespaces, "spec": spec}


def plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A structural schema as JSON schema: closed, without what only the API server reads."""
    kept = {
        key: value
        for key, value in schema.items()
        if not key.startswith("x-kubernetes-") and key not in {"default", "format", "nullable"}
    }
    if schema.get("x-kubernetes-int-or-string"):
        kept = {key: value for key, value in kept.items() if key != "anyOf"}
        kept["type"] = ["integer", "string"]
    if "properties" in kept:
        kept["properties"] = {name: plain(one) for name, one in kept["properties"].items()}
        kept["additionalProperties"] = False
    if "items" in kept:
        kept["items"] = plain(kept["items"])
    if isinstance(kept.get("additionalProperties"), dict):
        kept["additionalProperties"] = plain(kept["additionalProperties"])
    return kept


def main() -> None:
    """Write that part of the schema anew; the rest of the file stays as it is."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    schema["properties"]["account"]["properties"] |= wanted()
    text = json.dumps(schema, indent=2, ensure_ascii=False)
    SCHEMA.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
