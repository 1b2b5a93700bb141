"""The bundled Prometheus, asked through the API server."""

from collections.abc import Mapping
from typing import Any, Final

from tests.e2e.hands import RELEASE, Hands

PORT: Final = 9090
Labels = dict[str, str]


def ask(hands: Hands, path: str, **query: str) -> Any:
    """The `data` of an answer of its API."""
    where = hands.service(f"{RELEASE}-prometheus", PORT)
    answer = hands.get(f"{where}/api/v1/{path}", **query)
    assert answer is not None, f"Prometheus has no {path}"
    assert answer["status"] == "success", answer
    return answer["data"]


def samples(hands: Hands, expression: str) -> list[tuple[Labels, float]]:
    """What an instant query gives."""
    result = ask(hands, "query", query=expression)["result"]
    return [(one["metric"], float(one["value"][1])) for one in result]


def value(hands: Hands, expression: str) -> float | None:
    """The one value of an expression; None where there is no sample."""
    found = samples(hands, expression)
    assert len(found) <= 1, f"{expression} has {len(found)} samples"
    return found[0][1] if found else None


def targets(hands: Hands) -> list[Mapping[str, Any]]:
    """What it scrapes."""
    found: list[Mapping[str, Any]] = ask(hands, "targets", state="active")["activeTargets"]
    return found


def rules(hands: Hands, slower_than: float = 0.0) -> list[Mapping[str, Any]]:
    """What it evaluates, alerts and recording rules, of groups with a longer interval than this."""
    groups = ask(hands, "rules")["groups"]
    return [rule for group in groups if group["interval"] > slower_than for rule in group["rules"]]
