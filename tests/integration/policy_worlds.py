"""Worlds for QuotaPolicies: simulated time, SIMs whose use the test decides.

One operator and one simulated 1NCE serve a module; each test has SIMs, a label and policies of its
own, which end with it, so that the readings of the next one come as often as its own.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.world import Json, World

START = "2026-11-15T12:00:00Z"
OWNER = "fleet"
"""The label that says whose SIM, or policy, it is."""


class Device(NamedTuple):
    """A SIM of a test: the name of its resource, and its number."""

    name: str
    iccid: str


@dataclass
class Fleet:
    """The SIMs and policies of one test."""

    world: SimWorld
    name: str
    numbers: Iterator[int] = field(default_factory=count)

    @property
    def labels(self) -> dict[str, str]:
        """What the policies of this test select by."""
        return {OWNER: self.name}

    @property
    def limit(self) -> str:
        """The name of the policy that `policy` makes unless it is told another one."""
        return f"{self.name}-limit"

    def policy(self, name: str = "", **spec: Any) -> str:
        """A QuotaPolicy over the fleet; in Enforce, without guards, unless `spec` says else."""
        told: Mapping[str, Any] = {
            "selector": {"matchLabels": self.labels},
            "mode": "Enforce",
            "action": "Disable",
            "maxDisabled": "100%",
            **({} if "sms" in spec else {"data": {"perSIM": "40Mi"}}),
            **spec,
        }
        body = self.world.manifest("QuotaPolicy", name or self.limit, told)
        body["metadata"]["labels"] = self.labels
        self.world.apply(body)
        return name or self.limit

    def in_force(self, name: str = "") -> None:
        """Wait until a policy is evaluated with the use of all of its SIMs known."""
        self.world.until_reason(name or self.limit, "Reconciled", kind="quotapolicy")

    def sims(self, number: int, **spec: Any) -> list[Device]:
        """Quiet SIMs that are on at 1NCE, with `state: Enabled` unless `spec` says else.

        None in `spec` leaves a field out.
        """
        devices = []
        for _ in range(number):
            device = Device(f"{self.name}-{next(self.numbers)}", self.world.fresh())
            self.world.simulator.patch_sim(device.iccid, profile="silent")
            devices.append(device)
        told = {name: value for name, value in spec.items() if value is not None}
        if "state" not in spec:
            told["state"] = "Enabled"
        bodies = [
            self.world.manifest("SIM", one.name, {"iccid": one.iccid} | told) for one in devices
        ]
        for body in bodies:
            body["metadata"]["labels"] = self.labels
        self.world.apply(*bodies)
        return devices

    def use(self, device: Device, megabytes: float = 0.0, sms: int = 0) -> None:
        """A device uses data, or sends messages, at once."""
        change: Json = {}
        if megabytes:
            change["use_data_mb"] = megabytes
        if sms:
            change["use_sms"] = sms
        self.world.simulator.patch_sim(device.iccid, **change)

    # What is there

    def states(self, device: Device) -> list[str]:
        """Every state that was really taken at 1NCE because somebody asked, in order."""
        writes = (one["write"] for one in self.world.writes())
        return [
            str(one["after"]["status"])
            for one in writes
            if one["iccid"] == device.iccid and one["after"]["status"] != one["before"]["status"]
        ]

    def is_on(self, device: Device) -> bool:
        """Whether the SIM is Enabled at 1NCE."""
        return bool(self.world.at_1nce(device.iccid)["status"] == "Enabled")

    def told(self, device: Device) -> Json:
        """What the status of a SIM tells of its policy."""
        found: Json = self.world.status(device.name).get("policy") or {}
        return found

    def of_policy(self, name: str = "") -> Json:
        """The status of a policy."""
        return self.world.status(name or self.limit, "quotapolicy")

    # Waiting

    def until_told(self, device: Device, **wanted: str) -> Json:
        """Wait until the status of a SIM tells all this of its policy."""
        found: Json = self.world.until(
            lambda: (told := self.told(device)) and told.items() >= wanted.items() and told,
            f"sim {device.name} policy {wanted}",
        )
        return found

    def until_policy(self, name: str = "", **wanted: Any) -> Json:
        """Wait until the status of a policy has these fields."""
        found: Json = self.world.until(
            lambda: (told := self.of_policy(name)) and told.items() >= wanted.items() and told,
            f"quotapolicy {name or self.limit} {wanted}",
        )
        return found

    def until_off(self, device: Device) -> Json:
        """Wait until a policy keeps a SIM off and says so; its hold."""
        self.world.until_reason(device.name, "DisabledByPolicy")
        assert not self.is_on(device)
        hold: Json = self.told(device)["hold"]
        return hold

    def until_back(self, device: Device) -> None:
        """Wait until a SIM is on, Ready, and nothing of the hold is left."""
        self.world.until(lambda: self.is_on(device), f"{device.name} is on again")
        self.world.until(lambda: "hold" not in self.told(device), f"{device.name} has no hold")
        self.world.until_reason(device.name, "Reconciled")

    def one_off(self, **policy: Any) -> Device:
        """A SIM that the policy of the fleet has switched off, for 41 of 40 MB."""
        (device,) = self.sims(1)
        self.policy(**policy)
        self.in_force()
        self.use(device, 41)
        self.until_off(device)
        return device

    # Time

    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromisoformat(self.world.simulator.control("GET", "time")["now"])

    def next_month(self) -> str:
        """Move to shortly after the next turn of a month; its name."""
        month = (self.now().replace(day=1) + timedelta(days=32)).strftime("%Y-%m")
        self.world.simulator.move_to(f"{month}-01T00:00:05Z")
        return month

    def is_followed(self) -> None:
        """Wait until the operator's clock has followed the last jump of simulated time."""
        now = self.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        self.world.until(
            lambda: self.world.status("default", "simaccount")["lastSweep"]["finishedAt"] >= now,
            f"the operator believes that it is {now}",
        )

    def end(self) -> None:
        """Leave no policy and no SIM behind."""
        self.world.simulator.clear_faults()
        mine = ("-l", f"{OWNER}={self.name}", "--wait=false")
        self.world.kubectl("delete", "quotapolicies,sims", *mine)


class Fleets:
    """The fleets of a module's tests."""

    def __init__(self, world: SimWorld) -> None:
        """All in one namespace of one account."""
        self.world = world
        self._numbers = count(1)

    def new(self) -> Fleet:
        """A fleet without a SIM."""
        return Fleet(self.world, f"fleet-{next(self._numbers)}")


@contextmanager
def policy_world(
    cluster: Cluster,
    kubeconfig: Path,
    folder: Path,
    *,
    sims: int = 40,
    version: str = "v1",
    account: Mapping[str, Any] | None = None,
    operator: Mapping[str, str] | None = None,
    **options: Any,
) -> Iterator[Fleets]:
    """Time stands still at `START` unless the test moves it; readings every second or two.

    `operator`: settings of the process, `options` are the simulator's.
    """
    timing: Json = {"start_time": START, "speed": 0.0} | options
    with opened(cluster, kubeconfig, folder, sims=sims, start=False, **timing) as world:
        world.operator.set("clock_url", world.simulator.url)
        for name, value in (operator or {}).items():
            world.operator.set(name, value)
        spec: Json = {
            "managementAPIVersion": version,
            "rateLimit": {"requestsPerSecond": 10},
            **(account or {}),
        }
        spec["sync"] = {"detailInterval": "2s"} | spec.get("sync", {})
        # A number: a percentage is of the SIMs that are claimed, which tests have few of.
        spec["protection"] = {"maxDisablesPerHour": 1_000} | spec.get("protection", {})
        world.account(**spec)
        world.operator.start()
        world.until_reason("default", "Reconciled", kind="simaccount")
        yield Fleets(world)


def stream_secret(world: World, name: str = "streamer") -> tuple[str, str]:
    """The Secret of a Data Streamer; its user name and password."""
    username, password = "streamer", secrets.token_hex(8)
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": world.namespace},
        "stringData": {"username": username, "password": password},
    }
    world.apply(body)
    return username, password
