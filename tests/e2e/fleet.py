"""SIMs as the cluster shows them, and a witness of everything that happens to them."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.e2e.hands import NAMESPACE, Hands, Json, condition

GROUP: Final = "/apis/sim-operator.io/v1alpha1"
SIMS: Final = f"{GROUP}/sims"
ACCOUNT: Final = f"{GROUP}/namespaces/{NAMESPACE}/simaccounts/default"
POLICIES: Final = f"{GROUP}/quotapolicies"
# What stands in docs/examples to be seen failing, and what a simulated device uses up.
STALLED: Final = {"fleet-b/ghost": "NotFound"}
USED_UP: Final = "QuotaExhausted"
WATCH_TIMEOUT: Final = httpx.Timeout(10, read=600)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of a SIM, and since when."""

    ready: str
    reason: str
    since: str


def key(sim: Mapping[str, Any]) -> str:
    """namespace/name."""
    return f"{sim['metadata']['namespace']}/{sim['metadata']['name']}"


def verdict(sim: Mapping[str, Any]) -> Verdict:
    """What is said of a SIM; empty strings where nothing is said yet."""
    ready = condition(sim.get("status") or {})
    return Verdict(
        ready.get("status", ""), ready.get("reason", ""), ready.get("lastTransitionTime", "")
    )


def verdicts(hands: Hands) -> dict[str, Verdict]:
    """What is said of every SIM."""
    return {key(sim): verdict(sim) for sim in hands.items(SIMS)}


def account_reason(hands: Hands) -> str:
    """Reason of the account's Ready condition, empty where there is none."""
    account = hands.get(ACCOUNT) or {}
    return str(condition(account.get("status") or {}).get("reason", ""))


def swept(hands: Hands) -> str:
    """When the last believed sweep ended, empty where there is none."""
    account = hands.get(ACCOUNT) or {"status": {}}
    return str((account["status"].get("lastSweep") or {}).get("finishedAt", ""))


def sweep(hands: Hands) -> None:
    """Wait for a believed sweep that ended after this moment."""
    before = swept(hands)
    hands.until(lambda: swept(hands) > before, "one more sweep is believed")


def unsettled(hands: Hands) -> dict[str, Verdict]:
    """SIMs that are neither ready, nor known to be as they are."""
    return {
        name: it
        for name, it in verdicts(hands).items()
        if it.ready != "True" and it.reason != USED_UP and it.reason != STALLED.get(name)
    }


def settled(hands: Hands, count: int) -> bool:
    """Whether so many SIMs are there, and each has come to its verdict."""
    return len(verdicts(hands)) == count and not unsettled(hands)


@dataclass
class Witness:
    """Every change of every SIM, as a watch tells it."""

    before: dict[str, Verdict]
    events: list[Json] = field(default_factory=list)

    def regressions(self) -> list[str]:
        """One line for each time that a SIM was said to be something else, or vanished."""
        found = []
        for event in self.events:
            sim = event["object"]
            was, now = self.before.get(key(sim)), verdict(sim)
            if event["type"] == "DELETED":
                found.append(f"{key(sim)} was deleted")
            elif was is not None and (was.ready, was.reason) != (now.ready, now.reason):
                found.append(
                    f"{key(sim)} was {was.ready}/{was.reason}, is {now.ready}/{now.reason}"
                )
        return found


@contextmanager
def witness(hands: Hands) -> Iterator[Witness]:
    """Watch every SIM until the block ends.

    Raises:
        AssertionError: at the end, where the watch was cut.
    """
    listed = hands.get(SIMS) or {}
    seen = Witness({key(sim): verdict(sim) for sim in listed["items"]})
    stop = threading.Event()
    cut: list[BaseException] = []
    query = {"watch": "true", "resourceVersion": listed["metadata"]["resourceVersion"]}

    def follow() -> None:
        try:
            with hands.http.stream("GET", SIMS, params=query, timeout=WATCH_TIMEOUT) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    seen.events.append(json.loads(line))
                    if stop.is_set():
                        return
        except httpx.HTTPError as error:
            if not stop.is_set():
                cut.append(error)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    yield seen
    stop.set()
    _wake(hands, listed["items"][0])
    thread.join(30)
    assert not cut, f"the watch was cut: {cut}"
    assert not thread.is_alive()
    assert seen.events, "the watch told nothing, so it saw nothing"


def _wake(hands: Hands, sim: Json) -> None:
    """Change a SIM so that the watch tells something, and so lets go."""
    where = ("sim", sim["metadata"]["name"], f"--namespace={sim['metadata']['namespace']}")
    hands.kubectl("label", *where, "e2e-watch=ends")
    hands.kubectl("label", *where, "e2e-watch-")
