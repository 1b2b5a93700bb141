"""The values with which the chart is installed: the demo's, with images that the node has."""

from collections.abc import Mapping
from typing import Any, Final

from tests.e2e.ground import Ground, ImageName
from tests.e2e.hands import CHART, NAMESPACE, RELEASE, CommandError, Hands

DEMO: Final = str(CHART / "values-demo.yaml")
WAIT: Final = ("--wait", "--timeout=4m")
OPERATOR: Final = f"deployment/{RELEASE}"
SIMULATOR: Final = f"deployment/{RELEASE}-simulator"
# What a command says when Pod Security or the API server is not content.
COMPLAINTS: Final = ("would violate PodSecurity", "unrecognized format", "deprecated", "Warning:")


def values(ground: Ground, image: ImageName, **others: Any) -> dict[str, Any]:
    """Values over those of the demo: two replicas, and all that needs nothing else in the cluster.

    Grafana is left out: there is no image of it where nothing can be pulled.
    """
    prometheus: dict[str, Any] = {"enabled": True, "scrapeInterval": "5s"}
    if ground.prometheus is not None:
        prometheus["image"] = ground.prometheus.values()
    return {
        "image": image.values(),
        "replicas": 2,
        "prometheus": prometheus,
        "grafana": {"enabled": False},
        "networkPolicy": {"enabled": True},
        "dashboards": {"enabled": True},
        "ingress": {"enabled": True, "hosts": ["sims.example.com"]},
        **others,
    }


def install(hands: Hands, given: Mapping[str, Any]) -> str:
    """Install the release, and wait until it is there; what helm said."""
    return _helm(hands, "install", given)


def upgrade(hands: Hands, given: Mapping[str, Any]) -> str:
    """Upgrade the release, and wait until it is there; what helm said."""
    return _helm(hands, "upgrade", given)


def _helm(hands: Hands, verb: str, given: Mapping[str, Any]) -> str:
    files = (f"--values={DEMO}", f"--values={hands.values(given)}")
    try:
        return hands.helm(verb, RELEASE, str(CHART), *files, *WAIT)
    except CommandError as error:
        # What helm waited for in vain it does not tell.
        raise AssertionError(f"{error}\n{hands.scene()}") from None


def make_namespace(hands: Hands) -> None:
    """A namespace in which Pod Security enforces the strictest level."""
    levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    metadata = {"name": NAMESPACE, "labels": levels}
    hands.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})


def complaints(said: str) -> list[str]:
    """Lines in which the API server complains."""
    return [line for line in said.splitlines() if any(one in line for one in COMPLAINTS)]
