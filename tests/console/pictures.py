"""`python -m tests.console.pictures --to docs/images`: how the console looks, for the docs.

The demo's world: the API server, the simulated 1NCE, the operator and the SIMs of docs/examples.
What the history shows is what the simulated 1NCE says of the days before.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import expect

from sim_operator.history import Reading, open_history
from sim_operator.onence import wire_usage
from tests.cluster import apply, kubectl
from tests.console.visitor import DESK, PHONE, Visitor, chromium
from tests.dashboards.pictures.browser import installed
from tests.demo.fleet import Sim, sims, until
from tests.demo.stage import FOLDER, Stage, example, stage
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import RBAC, READS, Person, console_kubeconfig

SPENT = "pump-05"
SOON = "pump-02"
SWITCHED = "pump-07"
DAYS = 60
ACCOUNT = "sim-operator/default"
_SETTLE_SECONDS = 240.0
_SHOTS = (
    ("fleet", "/", 1490),
    ("sims", "/sims?labels=fleet%3Dpumps&sort=dataUsed&down=1", 900),
    ("sim", f"/sims/plant-a/{SPENT}", 900),
    ("disable", "/sims/plant-a/pump-01/disable", 420),
    ("usage", "/usage?by=label&label=fleet", 580),
    ("quotas", "/quotas", 1090),
)
"""Name, address, and as high as there is something to see."""
_ODD = 6
"""SIMs of the examples that are lost, used up, suspended or claimed twice."""
_ONE_FOR_ALL = "operations"


def main() -> int:
    """Take all pictures; 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="the folder for the PNG files")
    folder: Path = parser.parse_args().to
    with stage(say) as running:
        _play(running)
        database = FOLDER / "pictures.db"
        database.unlink(missing_ok=True)
        url = f"sqlite:///{database}"
        asyncio.run(_remember(url, running))
        settings = {"database_url": url, "clock_url": running.simulator.url}
        kubeconfig = console_kubeconfig(running.cluster, FOLDER)
        with ConsoleProcess(kubeconfig, FOLDER / "console.log", settings) as console:
            token = _everywhere(running).token()
            for file in _taken(console, token, folder):
                say(str(file))
    return 0


def say(text: str) -> None:
    """One step begins."""
    sys.stderr.write(f"==> {text}\n")


def _play(running: Stage) -> None:
    """SIMs and policies; one pump has used up its month, one is on its way."""
    for name in ("account.yaml", "sims.yaml"):
        apply(running.kubeconfig, example(name, running.simulator))
    _until(running, _mostly_ready, "nearly every SIM is Ready")
    # Later than the SIM that it copies: of two that are equally old the name would decide.
    apply(running.kubeconfig, example("conflict.yaml", running.simulator))
    iccids = {one.name: one.iccid for one in sims(running.kubeconfig)}
    running.simulator.patch_sim(iccids[SPENT], use_data_mb=41.0)
    running.simulator.patch_sim(iccids[SOON], use_data_mb=24.0)
    apply(running.kubeconfig, example("quotapolicies.yaml", running.simulator))
    _until(running, _spent_is_off, f"{SPENT} is off")


def _mostly_ready(fleet: list[Sim]) -> bool:
    """Whether all are Ready but the few that are meant not to be, and pumps have their volume."""
    ready = sum(one.ready == "True" for one in fleet)
    pumps = [one for one in fleet if one.name.startswith("pump-")]
    return ready >= len(fleet) - _ODD and all(one.data_left for one in pumps)


def _spent_is_off(fleet: list[Sim]) -> bool:
    return any(one.name == SPENT and one.reason == "DisabledByPolicy" for one in fleet)


def _until(running: Stage, holds: Callable[[list[Sim]], bool], what: str) -> None:
    say(what)
    until(
        running.kubeconfig,
        holds,
        what,
        seconds=_SETTLE_SECONDS,
        show=lambda _: None,
        alive=lambda: None,
    )


async def _remember(url: str, running: Stage) -> None:
    """What the simulated 1NCE knows of the days before, as the operator would deliver it."""
    now = datetime.fromisoformat(running.simulator.control("GET", "time")["now"]).astimezone(UTC)
    first = now.date() - timedelta(days=DAYS - 1)
    with running.simulator.client() as client:
        readings = [
            reading
            for one in sims(running.kubeconfig)
            if one.state and (reading := _reading(client, running, one, first, now)) is not None
        ]
    async with open_history(url) as history:
        await history.record(ACCOUNT, readings)


def _reading(
    client: httpx.Client, running: Stage, one: Sim, first: date, now: datetime
) -> Reading | None:
    last = now.date()
    span = {"start_dt": str(first), "end_dt": str(last)}
    answer = client.get(f"/v1/sims/{one.iccid}/usage", params=span)
    while answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        time.sleep(1.0)
        answer = client.get(f"/v1/sims/{one.iccid}/usage", params=span)
    days = wire_usage.days(answer.json(), first, last) if answer.is_success else None
    if days is None:
        return None
    labels = _labels(running, one)
    return Reading(
        iccid=one.iccid[:19],
        namespace=one.namespace,
        name=one.name,
        labels=labels,
        policy=labels["fleet"] if labels.get("fleet") in {"pumps", "trackers"} else None,
        read_at=now,
        first=first,
        last=last,
        days={day: (use.data, use.sms) for day, use in days.items()},
    )


def _labels(running: Stage, one: Sim) -> dict[str, str]:
    told = kubectl(
        running.kubeconfig,
        *("get", "sim", one.name, f"--namespace={one.namespace}"),
        "--output=json",
    )
    labels: dict[str, str] = json.loads(told)["metadata"].get("labels") or {}
    return labels


def _everywhere(running: Stage) -> Person:
    """Somebody who may see and change every SIM."""
    someone = Person(running.cluster, "plant-a", _ONE_FOR_ALL)
    kubectl(running.kubeconfig, "create", "serviceaccount", someone.name, "--namespace=plant-a")
    verbs = [*READS, "patch"]
    resources = ["sims", "simaccounts", "quotapolicies"]
    rules: list[dict[str, Any]] = [
        {"apiGroups": ["sim-operator.io"], "resources": resources, "verbs": verbs},
        {"apiGroups": [""], "resources": ["events"], "verbs": list(READS)},
    ]
    about = {"apiVersion": f"{RBAC}/v1", "metadata": {"name": _ONE_FOR_ALL}}
    subject = {"kind": "ServiceAccount", "name": someone.name, "namespace": someone.namespace}
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": _ONE_FOR_ALL}
    apply(
        running.kubeconfig,
        [
            about | {"kind": "ClusterRole", "rules": rules},
            about | {"kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]},
        ],
    )
    return someone


def _taken(console: ConsoleProcess, token: str, folder: Path) -> list[Path]:
    """The pictures, each as large as its page needs and as small as a file can be."""
    files = []
    with chromium(installed(os.environ).chromium) as browser:
        desk = Visitor(browser, console.url)
        desk.sign_in(token)
        for name, path, height in _SHOTS:
            desk.page.set_viewport_size({**DESK, "height": height})
            desk.page.goto(path)
            file = folder / f"console-{name}.png"
            desk.picture(file)
            files.append(file)
        files.append(_who(desk, folder))
        desk.close()
        phone = Visitor(browser, console.url, viewport=PHONE, color_scheme="dark")
        phone.sign_in(token, f"/sims/plant-a/{SOON}")
        file = folder / "console-phone.png"
        phone.picture(file)
        files.append(file)
        phone.close()
    pngquant = installed(os.environ).pngquant
    for file in files:
        squeeze: list[str | Path] = [
            pngquant,
            "--force",
            "--strip",
            "--speed=1",
            "64",
            "--output",
            file,
            file,
        ]
        subprocess.run(squeeze, check=True)
    return files


def _who(desk: Visitor, folder: Path) -> Path:
    """Somebody switches a SIM off; what its page remembers of that."""
    desk.page.goto(f"/sims/plant-a/{SWITCHED}/disable")
    desk.page.get_by_role("button", name="Disable").click()
    timeline = desk.page.locator("#timeline")
    expect(timeline).to_contain_text("Changed state from Enabled to Disabled")
    file = folder / "console-who.png"
    timeline.screenshot(path=file)
    return file


if __name__ == "__main__":
    sys.exit(main())
