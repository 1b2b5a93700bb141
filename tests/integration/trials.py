"""`sim-operator plan` and `rehearse` as processes, and files for them."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.integration.policy_worlds import Fleet
from tests.integration.world import Json, World

SECONDS = 60


@dataclass(frozen=True)
class Ended:
    """What a process left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Json:
        """Its output, where it ended well."""
        assert self.code in (0, 3), self.err
        found: Json = json.loads(self.out)
        return found

    def sims(self) -> dict[str, Json]:
        """The rows of a plan by the last part of the SIM's name, as its number in the fleet."""
        return {one["name"].rsplit("-", 1)[1]: one for one in self.json["sims"]}

    def would(self) -> dict[str, str]:
        """What a plan says of each SIM."""
        return {name: str(one["would"]) for name, one in self.sims().items()}


def environment(world: World, kubeconfig: Path | None = None) -> dict[str, str]:
    """As the operator of a world has it, with the rights of a person unless said else."""
    return os.environ | {
        "KUBECONFIG": str(kubeconfig or world.cluster.kubeconfig),
        "SIM_OPERATOR_CLOCK_URL": world.simulator.url,
        "SIM_OPERATOR_ALLOWED_ENDPOINTS": world.simulator.url,
        "SIM_OPERATOR_DEFAULT_ACCOUNT": f"{world.namespace}/default",
    }


def command(*arguments: str) -> list[str]:
    """The command line of a trial."""
    return [sys.executable, "-m", "sim_operator", *arguments]


def tried(
    world: World,
    *arguments: str,
    stdin: str | None = None,
    kubeconfig: Path | None = None,
    **changes: str,
) -> Ended:
    """Run a command to its end; `changes` are of its environment."""
    done = subprocess.run(
        command(*arguments),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
        env=environment(world, kubeconfig) | changes,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def policy_text(fleet: Fleet, name: str = "", **spec: Any) -> str:
    """A QuotaPolicy over a fleet as it stands in a file: 40Mi each, in Enforce.

    None in `spec` leaves a field out.
    """
    told: Mapping[str, Any] = {
        "selector": {"matchLabels": fleet.labels},
        "mode": "Enforce",
        "action": "Disable",
        "maxDisabled": "100%",
        "data": {"perSIM": "40Mi"},
        **spec,
    }
    given = {field: value for field, value in told.items() if value is not None}
    return yaml.safe_dump(fleet.world.manifest("QuotaPolicy", name or fleet.limit, given))


def planned(world: World, text: str, *arguments: str, **options: Any) -> Ended:
    """`plan -o json` of a policy that is given on standard input."""
    return tried(world, "plan", "-f", "-", "-o", "json", *arguments, stdin=text, **options)


def versions(world: World) -> dict[str, str]:
    """The resourceVersion of every object of ours, and of each event."""
    return {
        f"{kind}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
        for kind in ("sim", "simaccount", "quotapolicy", "event", "secret")
        for one in world.listed(kind)
    }
