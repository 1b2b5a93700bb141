"""`python -m tests.demo`: the main job, live.

`ONCE=1` runs through, checks what it shows, and exits.
"""

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable

from rich.console import Console
from rich.live import Live

from sim_operator.domain.volume import quantity
from tests.cluster import ClusterError, KubectlError, apply, kubectl
from tests.demo.fleet import NotAsExpectedError, Sim, accounts, sims, table, until
from tests.demo.front import until_filled
from tests.demo.policies import PolicyAct
from tests.demo.stage import Stage, example, stage

console = Console(highlight=False, soft_wrap=True)
SETTLE_SECONDS = 90.0
REPAIR_SECONDS = 60.0
HISTORY_SECONDS = 120.0
MONTHS = ["2026-07", "2026-08", "2026-09", "2026-10"]
"""Whole months that are over when the demo begins, and that 1NCE still knows."""
_EXPECTED_STALLED = {"ghost": "NotFound"}


def main() -> int:
    """Play the demo; 0 where everything was as it should be."""
    once = os.environ.get("ONCE", "") not in ("", "0")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    try:
        with stage(say) as running:
            play(running)
            if not once:
                stay(running)
    except (NotAsExpectedError, ClusterError, KubectlError) as error:
        console.print(f"[bold red]Not as it should be:[/] {error}")
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped; everything that was started is gone.")
        return 130 if once else 0
    console.print("[green]Everything was as it should be.[/]")
    return 0


def _interrupted(*_: object) -> None:
    """Unwind, so that everything is taken down; a second signal must not stop that half-way."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def say(text: str) -> None:
    """One step begins."""
    console.print(f"[bold cyan]==>[/] {text}")


def play(running: Stage) -> None:
    """The story: apply, adopt, somebody meddles, put right; a SIM runs away, and is stopped."""
    say("kubectl apply -f docs/examples/account.yaml -f docs/examples/sims.yaml")
    apply(running.kubeconfig, example("account.yaml", running.simulator))
    apply(running.kubeconfig, example("sims.yaml", running.simulator))
    say("The fleet becomes Ready")
    fleet = watch(running, settled, "every SIM has its verdict", SETTLE_SECONDS)
    check(fleet)
    claim_again(running)
    meddle(running, fleet)
    PolicyAct(running, console, say, alive).play(fleet)
    check_metrics(running)
    look_back(running)
    show_where(running)


def settled(fleet: list[Sim]) -> bool:
    """Whether every SIM has come to its verdict, with its details."""
    sound = [one for one in fleet if one.name not in _EXPECTED_STALLED]
    stalled = {one.name: one.reason for one in fleet if one.name in _EXPECTED_STALLED}
    return bool(sound) and all(map(has_its_verdict, sound)) and stalled == _EXPECTED_STALLED


def has_its_verdict(one: Sim) -> bool:
    """Whether a SIM is Ready, or has used up its volume, and shows what is left."""
    if one.reason == "Suspended":
        return one.ready == "True"
    return bool(one.data_left) and (one.ready == "True" or one.reason == "QuotaExhausted")


def check(fleet: list[Sim]) -> None:
    """Say what stands out, and that it is meant to."""
    for one in fleet:
        if one.ready != "True":
            console.print(f"    [yellow]{one.name}[/] is {one.reason}: {one.message}")


def claim_again(running: Stage) -> None:
    """A second resource claims a SIM that has one: it is told so, and the SIM stays as it is."""
    say("kubectl apply -f docs/examples/conflict.yaml: a second resource for the SIM of pump-01")
    apply(running.kubeconfig, example("conflict.yaml", running.simulator))

    def refused(fleet: list[Sim]) -> bool:
        return any(one.name == "twin" and one.reason == "Conflict" for one in fleet)

    fleet = watch(running, refused, "the second claim is refused", REPAIR_SECONDS)
    twin = next(one for one in fleet if one.name == "twin")
    console.print(f"    [yellow]{twin.name}[/] is {twin.reason}: {twin.message}")


def meddle(running: Stage, fleet: list[Sim]) -> None:
    """A person switches a SIM off in the portal; the operator puts it right and says so."""
    victim = next(one for one in fleet if one.name == "pump-01")
    say(f"Somebody disables {victim.name} ({victim.iccid}) in the 1NCE portal …")
    before = running.simulator.journal(writes=True)
    running.simulator.patch_sim(victim.iccid, status="Disabled")
    deadline = time.monotonic() + REPAIR_SECONDS
    event = ""
    with live() as show:
        while not event:
            alive(running)
            show(sims(running.kubeconfig))
            event = corrected(running, victim)
            if not event and time.monotonic() > deadline:
                raise NotAsExpectedError(f"{victim.name} was not put right")
            time.sleep(0.5)
    say("… and the operator puts it right:")
    console.print(f"    event on {victim.name}: {event}")
    state = running.simulator.sim(victim.iccid)["status"]
    writes = len(running.simulator.journal(writes=True)) - len(before)
    if state != "Enabled":
        raise NotAsExpectedError(f"1NCE still shows {victim.name} as {state}")
    console.print(f"    1NCE shows it {state}; it took {writes} write(s)")


def corrected(running: Stage, victim: Sim) -> str:
    """The text of the event that tells of the correction."""
    text = kubectl(
        running.kubeconfig,
        "get",
        "events.events.k8s.io",
        f"--namespace={victim.namespace}",
        "--output=json",
    )
    for event in json.loads(text)["items"]:
        if event["regarding"]["name"] != victim.name or event["reason"] != "Reconciled":
            continue
        if "state from Disabled" in event["note"]:
            return str(event["note"])
    return ""


def check_metrics(running: Stage) -> None:
    """The figures are there for Prometheus, and the account is well."""
    with urllib.request.urlopen(running.metrics_url, timeout=10) as answer:  # noqa: S310 - loopback
        text = answer.read().decode()
    if "sim_enabled{" not in text or "onence_requests_total{" not in text:
        raise NotAsExpectedError("metrics are missing")
    for account in accounts(running.kubeconfig):
        conditions = {one["type"]: one for one in account["status"]["conditions"]}
        if conditions["Ready"]["status"] != "True":
            raise NotAsExpectedError(f"the account is not ready: {conditions['Ready']['message']}")


def look_back(running: Stage) -> None:
    """The months behind are in the history, though nobody kept them until now."""
    say("What 1NCE still knows of the months behind is in the history")
    for month, row in until_filled(running.front, MONTHS, HISTORY_SECONDS).items():
        console.print(f"    {month}: {quantity(row['data'])} and {row['sms']} SMS")
    told = running.front.get("/api/v1/summary")
    if told["total"] != len(sims(running.kubeconfig)):
        raise NotAsExpectedError(f"the console counts {told['total']} SIMs")
    console.print(f"    now: {told['active']} of {told['total']} SIMs are on")


def show_where(running: Stage) -> None:
    """What to look at next."""
    say("Look around")
    console.print(f"    the console: {running.front.url}, sign in with this token:")
    console.print(f"    {running.front.token}")
    relative = os.path.relpath(running.kubeconfig)
    console.print(f"    export KUBECONFIG={relative}")
    console.print("    kubectl get sims,simaccounts,quotapolicies -A")
    console.print("    kubectl describe sim pump-05 -n plant-a")
    console.print("    kubectl describe quotapolicy pumps -n plant-a")
    console.print("    kubectl explain sim.spec")
    console.print(f"    metrics: {running.metrics_url}")
    console.print(f"    1NCE's side: {running.simulator.url}/_control/summary")
    console.print(f"    the operator's log: {os.path.relpath(running.log)}")


def stay(running: Stage) -> None:
    """Keep everything running until Ctrl-C."""
    say("Running until Ctrl-C")
    while True:
        alive(running)
        time.sleep(1.0)


def watch(
    running: Stage, holds: Callable[[list[Sim]], bool], what: str, seconds: float
) -> list[Sim]:
    """Show the fleet until something holds."""
    with live() as show:
        return until(
            running.kubeconfig,
            holds,
            what,
            seconds=seconds,
            show=show,
            alive=lambda: alive(running),
        )


class live:  # noqa: N801 - reads as a statement
    """A table that is drawn anew in place; without a terminal, a line when something changes."""

    def __init__(self) -> None:
        self._live = Live(console=console, refresh_per_second=4, transient=not console.is_terminal)
        self._last = ""

    def __enter__(self) -> Callable[[list[Sim]], None]:
        if console.is_terminal:
            self._live.__enter__()
        return self._show

    def __exit__(self, *error: object) -> None:
        if console.is_terminal:
            self._live.__exit__(None, None, None)

    def _show(self, fleet: list[Sim]) -> None:
        if console.is_terminal:
            self._live.update(table(fleet))
            return
        ready = sum(one.ready == "True" for one in fleet)
        filled = sum(bool(one.data_left) for one in fleet)
        line = f"    {ready} of {len(fleet)} Ready, {filled} with their data volume"
        if line != self._last:
            console.print(line)
            self._last = line


def alive(running: Stage) -> None:
    """Nothing may end by itself while it is looked at."""
    code = running.operator.poll()
    if code is not None:
        raise NotAsExpectedError(f"the operator ended with code {code}: see {running.log}")
    if running.front.process.poll() is not None:
        raise NotAsExpectedError(f"the console ended: see {running.front.log}")
    failure = running.cluster.failure()
    if failure is not None:
        raise NotAsExpectedError(failure)


if __name__ == "__main__":
    sys.exit(main())
