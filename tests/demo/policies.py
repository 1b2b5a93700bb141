"""The second act: a SIM runs away, and a QuotaPolicy stops it until the next month."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from sim_operator.domain.volume import MEBIBYTE, bytes_of
from tests.cluster import apply, kubectl
from tests.demo.fleet import NotAsExpectedError, Sim
from tests.demo.stage import HOOKS_PATH, STREAMER, Stage, example

CULPRIT = "pump-05"
NAMESPACE = "plant-a"
SPEED = 3600.0
"""An hour a second: a month would take twelve minutes, a runaway's 40 MiB less than one."""
USUAL_SPEED = 60.0
NEXT_MONTH = "2026-12-01T00:01:00Z"
_PATIENCE = 150.0
_SHOWN_STEP = 5 * MEBIBYTE
_POLL = 0.7


@dataclass(frozen=True, slots=True)
class Watched:
    """What the status of the culprit tells."""

    used: str
    action: str
    reason: str
    exhausts_at: str
    ready: str
    state: str

    def __str__(self) -> str:
        """One line for people."""
        ahead = f", the limit is expected on {self.exhausts_at}" if self.exhausts_at else ""
        used = self.used or "not known yet"
        return f"{CULPRIT}: used {used}, action {self.action} ({self.reason}), {self.state}{ahead}"


class PolicyAct:
    """Plays the act; `say` and `alive` are the demo's own."""

    def __init__(
        self,
        running: Stage,
        console: Console,
        say: Callable[[str], None],
        alive: Callable[[Stage], None],
    ) -> None:
        self._running = running
        self._console = console
        self._say = say
        self._alive = alive

    def play(self, fleet: list[Sim]) -> None:
        """Apply, run away, forecast, warn, disable, come back."""
        culprit = next(one for one in fleet if one.name == CULPRIT)
        self._apply()
        self._run_away(culprit)
        self._until("the forecast names a day", lambda told: bool(told.exhausts_at))
        self._until("a warning is shown", lambda told: told.action != "None")
        self._until("the policy has disabled it", lambda told: told.ready == "DisabledByPolicy")
        self._check_off(culprit)
        self._show_audit()
        self._next_month(culprit)

    def _apply(self) -> None:
        self._say("kubectl apply -f docs/examples/quotapolicies.yaml: one enforces, one only tells")
        apply(self._running.kubeconfig, example("quotapolicies.yaml", self._running.simulator))
        self._until_reconciled()
        self._print("get", "quotapolicies", "--all-namespaces")

    def _until_reconciled(self) -> None:
        self._wait(
            "the use of every SIM is known to both policies",
            lambda: all(_ready(one) == "Reconciled" for one in self._policies()),
        )

    def _run_away(self, culprit: Sim) -> None:
        self._say(f"{CULPRIT} loses control of its modem; an hour passes in a second from here on")
        simulator = self._running.simulator
        simulator.control("POST", "streams", json=STREAMER | {"url": self._hook()})
        simulator.patch_sim(culprit.iccid, profile="runaway")
        simulator.control("POST", "time", json={"speed": SPEED})

    def _hook(self) -> str:
        return f"http://127.0.0.1:{self._running.hooks_port}{HOOKS_PATH}"

    def _check_off(self, culprit: Sim) -> None:
        self._running.simulator.control("POST", "time", json={"speed": USUAL_SPEED})
        state = self._running.simulator.sim(culprit.iccid)["status"]
        if state != "Disabled":
            raise NotAsExpectedError(f"1NCE still shows {CULPRIT} as {state}")
        for note in self._events(NAMESPACE, CULPRIT, ("Warned", "DisabledByPolicy")):
            self._console.print(f"    event on {CULPRIT}: {note}")

    def _show_audit(self) -> None:
        """The policy in Audit tells of others, of whom none was touched."""
        told = [
            one["metadata"]["name"]
            for one in self._sims("fleet-b")
            if (one.get("status") or {}).get("policy", {}).get("wouldDo") in ("Disable", "Hold")
        ]
        off = [
            one["metadata"]["name"]
            for one in self._sims("fleet-b")
            if "hold" in (one.get("status") or {}).get("policy", {})
        ]
        if not told or off:
            raise NotAsExpectedError(f"Audit would disable {told}, and has a hold on {off}")
        listed = ", ".join(sorted(told))
        self._console.print(f"    the policy in Audit would disable {listed}, and did nothing")

    def _next_month(self, culprit: Sim) -> None:
        self._say(f"{CULPRIT} is repaired, and the next month begins")
        simulator = self._running.simulator
        simulator.patch_sim(culprit.iccid, profile="steady")
        simulator.move_to(NEXT_MONTH)
        self._until(
            "it is back", lambda told: told.ready == "Reconciled" and told.state == "Enabled"
        )
        if simulator.sim(culprit.iccid)["status"] != "Enabled":
            raise NotAsExpectedError(f"1NCE does not show {CULPRIT} as Enabled")
        for note in self._events(NAMESPACE, CULPRIT, ("Reconciled",))[-1:]:
            self._console.print(f"    event on {CULPRIT}: {note}")
        self._until_reconciled()
        self._print("get", "quotapolicies", "--all-namespaces", "--output", "wide")

    # Looking

    def _until(self, what: str, holds: Callable[[Watched], bool]) -> None:
        last = ""

        def look() -> bool:
            nonlocal last
            told = self._watched()
            step = f"{bytes_of(told.used or '0') // _SHOWN_STEP} {told.action} {told.exhausts_at}"
            if step != last:
                last = step
                self._console.print(f"    {told}")
            return holds(told)

        self._wait(what, look)

    def _wait(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not holds():
            self._alive(self._running)
            if time.monotonic() > deadline:
                self._print("get", "quotapolicies", "--all-namespaces", "--output", "yaml")
                raise NotAsExpectedError(f"{what}: not within {_PATIENCE:g} s")
            time.sleep(_POLL)

    def _watched(self) -> Watched:
        sim = next(one for one in self._sims(NAMESPACE) if one["metadata"]["name"] == CULPRIT)
        status = sim.get("status") or {}
        policy = status.get("policy") or {}
        return Watched(
            used=(status.get("usage") or {}).get("data", ""),
            action=policy.get("action", "None"),
            reason=policy.get("reason", ""),
            exhausts_at=policy.get("exhaustsAt", ""),
            ready=_ready(sim),
            state=status.get("state", ""),
        )

    def _sims(self, namespace: str) -> list[dict[str, Any]]:
        return self._items("sims", f"--namespace={namespace}")

    def _policies(self) -> list[dict[str, Any]]:
        return self._items("quotapolicies", "--all-namespaces")

    def _events(self, namespace: str, name: str, reasons: tuple[str, ...]) -> list[str]:
        events = self._items("events", f"--namespace={namespace}", "--sort-by=.lastTimestamp")
        mine = [one for one in events if one["involvedObject"]["name"] == name]
        return [str(one["message"]) for one in mine if one["reason"] in reasons]

    def _items(self, plural: str, *flags: str) -> list[dict[str, Any]]:
        text = kubectl(self._running.kubeconfig, "get", plural, *flags, "--output=json")
        items: list[dict[str, Any]] = json.loads(text)["items"]
        return items

    def _print(self, *arguments: str) -> None:
        self._console.print(f"    $ kubectl {' '.join(arguments)}")
        for line in kubectl(self._running.kubeconfig, *arguments).splitlines():
            self._console.print(f"    {line}", markup=False)


def _ready(body: dict[str, Any]) -> str:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return next((str(one["reason"]) for one in conditions if one["type"] == "Ready"), "")
