"""NetworkPolicies of a release, taken apart."""

from typing import Any

from tests.chart.rendering import Rendered


def components(peers: list[Any]) -> set[str]:
    """The components of this release among the peers of a NetworkPolicy."""
    return {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for peer in peers
        if "podSelector" in peer
    }


def policy(rendered: Rendered, name: str) -> dict[str, Any]:
    """The spec of a policy."""
    found: dict[str, Any] = rendered.one("NetworkPolicy", name)["spec"]
    return found


def egress_ports(spec: dict[str, Any], *, to_anybody: bool) -> set[int]:
    """The ports that may be reached, anywhere or at named peers."""
    return {
        port["port"]
        for rule in spec["egress"]
        if ("to" not in rule) is to_anybody
        for port in rule.get("ports", ())
    }
