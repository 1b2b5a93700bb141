"""What the demo sees of the fleet, through the Kubernetes API like any user."""

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from tests.cluster import kubectl

_POLL_SECONDS = 0.7


class NotAsExpectedError(Exception):
    """The demo did not come to what it promises; the message says what was seen instead."""


@dataclass(frozen=True, slots=True)
class Sim:
    """One row of `kubectl get sims`."""

    namespace: str
    name: str
    iccid: str
    state: str
    session: str
    data_left: str
    ready: str
    reason: str
    message: str


def sims(kubeconfig: Path) -> list[Sim]:
    """Every SIM resource."""
    return [_sim(item) for item in _items(kubeconfig, "sims")]


def accounts(kubeconfig: Path) -> list[dict[str, Any]]:
    """Every SIMAccount, as it is."""
    return _items(kubeconfig, "simaccounts")


def _items(kubeconfig: Path, plural: str) -> list[dict[str, Any]]:
    text = kubectl(kubeconfig, "get", plural, "--all-namespaces", "--output", "json")
    items: list[dict[str, Any]] = json.loads(text)["items"]
    return items


def _sim(item: dict[str, Any]) -> Sim:
    status = item.get("status") or {}
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    ready = conditions.get("Ready") or {}
    data = (status.get("quota") or {}).get("data") or {}
    return Sim(
        item["metadata"]["namespace"],
        item["metadata"]["name"],
        item["spec"]["iccid"],
        status.get("state", ""),
        status.get("session", ""),
        data.get("remaining", ""),
        ready.get("status", ""),
        ready.get("reason", ""),
        ready.get("message", ""),
    )


def table(fleet: list[Sim], rows: int = 12) -> Group:
    """The fleet at a glance: counts, then the first rows, those that want attention on top."""
    counts = Counter(one.reason or "(no status yet)" for one in fleet)
    states = Counter(one.state or "unknown" for one in fleet)
    head = Text.assemble(
        (f"{len(fleet)} SIMs  ", "bold"),
        " · ".join(f"{reason} {count}" for reason, count in counts.most_common()),
        "   |   ",
        " · ".join(f"{state} {count}" for state, count in states.most_common()),
    )
    shown = Table(box=None, pad_edge=False, header_style="dim")
    for column in (
        "NAMESPACE",
        "NAME",
        "ICCID",
        "STATE",
        "SESSION",
        "DATA LEFT",
        "READY",
        "REASON",
    ):
        shown.add_column(column)
    for one in sorted(fleet, key=lambda sim: (sim.ready == "True", sim.namespace, sim.name))[:rows]:
        colour = {"True": "green", "False": "red"}.get(one.ready, "yellow")
        shown.add_row(
            one.namespace,
            one.name,
            one.iccid,
            one.state,
            one.session,
            one.data_left,
            Text(one.ready, style=colour),
            one.reason,
        )
    return Group(head, shown, Text(f"… and {max(0, len(fleet) - rows)} more", style="dim"))


def until(
    kubeconfig: Path,
    holds: Callable[[list[Sim]], bool],
    what: str,
    *,
    seconds: float,
    show: Callable[[list[Sim]], None],
    alive: Callable[[], None],
) -> list[Sim]:
    """Look again and again until `holds`, showing what is seen.

    Raises:
        NotAsExpectedError: it did not come true in `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        alive()
        fleet = sims(kubeconfig)
        show(fleet)
        if holds(fleet):
            return fleet
        if time.monotonic() > deadline:
            raise NotAsExpectedError(f"{what}: not within {seconds:g} s")
        time.sleep(_POLL_SECONDS)
