"""A fleet in which every panel has something to show: things that go well, and each trouble.

Two replicas of the operator, two namespaces, policies that enforce and that only tell, a stream,
calls that fail. The tests ask it; `pictures` lets time pass in it and draws what is seen.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.cluster import Cluster, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import CLIENT_ID, CLIENT_SECRET, Json, World
from tests.keeper import Keeper
from tests.simulated import SimulatorProcess

SIMS = 30
PUMPS, METERS = 10, 8
RATE = 10
WARNED, EXCEEDED, HELD, SUSPENDED, DRIFTED = "pump-3", "pump-1", "pump-2", "pump-4", "pump-5"
"""SIM resources by what becomes of them; WARNED is the one that the page SIM shows."""
EXPIRING, LOW, MISSING, STALE = "meter-1", "meter-2", "meter-ghost", "valve-1"
DISABLED_BY_OWNER = ("meter-3", "meter-4")
_STREAMER = {"username": "streamer", "password": secrets.token_hex(8)}


@dataclass
class FleetWorld:
    """Everything that runs, and the hands that make it what it is."""

    plant: World
    """The namespace of the account, and of the pumps."""
    meadow: World
    """The namespace of the meters."""
    replicas: list[OperatorProcess]
    iccids: dict[str, str] = field(default_factory=dict)
    """The ICCIDs of SIM resources by name."""
    stream: int = 0
    outage: int = 0
    """The fault that keeps the second account from being read."""

    @property
    def simulator(self) -> SimulatorProcess:
        """The simulated 1NCE."""
        return self.plant.simulator

    @property
    def namespaces(self) -> list[str]:
        """Both, in alphabetical order."""
        return sorted((self.plant.namespace, self.meadow.namespace))

    def live(self) -> None:
        """Do all that makes panels show something, and wait until the operator has seen it."""
        self._claim()
        self._limit()
        self._use()
        self._disable()
        self._fail()
        self._stream()

    # What is done

    def _claim(self) -> None:
        """Accounts and SIM resources; some SIMs stay without one."""
        self._account()
        self._second_account()
        numbers = iter(self.plant.iccids)
        special: dict[str, Json] = {
            SUSPENDED: {"suspend": True},
            DRIFTED: {"managementPolicy": "Observe", "state": "Disabled"},
        }
        pumps = [f"pump-{number}" for number in range(1, PUMPS + 1)]
        meters = [f"meter-{number}" for number in range(1, METERS + 1)]
        self.iccids = {name: next(numbers) for name in (*pumps, *meters)}
        self._age()
        for world, names in ((self.plant, pumps), (self.meadow, meters)):
            world.apply(*(self._sim(world, name, **special.get(name, {})) for name in names))
        missing = self.meadow.manifest("SIM", MISSING, {"iccid": "8988303009999999999"})
        self.meadow.apply(missing)

    def _sim(self, world: World, name: str, **spec: Any) -> Json:
        body = world.manifest("SIM", name, {"iccid": self.iccids[name], **spec})
        body["metadata"]["labels"] = {"fleet": name.partition("-")[0] + "s"}
        return body

    def _account(self) -> None:
        self.plant.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "streamer", "namespace": self.plant.namespace},
                "stringData": _STREAMER,
            }
        )
        self.plant.account(
            allowedNamespaces={"from": "All"},
            rateLimit={"requestsPerSecond": RATE},
            sync={"interval": "3s", "detailInterval": "10s"},
            protection={"maxDisablesPerHour": 2},
            dataStreamer={"credentialsSecretRef": {"name": "streamer"}},
        )
        self.plant.until_reason("default", "Reconciled", kind="simaccount")

    def _second_account(self) -> None:
        """Another customer's account, which was well once and cannot be read any more."""
        pairs = (
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
            {"client_id": "other", "client_secret": "other-secret", "customer": "second"},
        )
        self.simulator.rotate_credentials(*pairs, second=2)
        self.meadow.secret("other-credentials", "other", "other-secret")
        spec = {
            "endpoint": self.simulator.endpoint,
            "credentialsSecretRef": {"name": "other-credentials"},
            "sync": {"interval": "3s", "detailInterval": "0s"},
        }
        claim = {"iccid": self.simulator.sims("second")[0]["iccid"]}
        self.meadow.apply(
            self.meadow.manifest("SIMAccount", "second", spec),
            self.meadow.manifest("SIM", STALE, claim | {"accountRef": {"name": "second"}}),
        )
        self.meadow.until_reason(STALE, "Reconciled")
        match = {"operation": "listSims", "client_id": "other"}
        self.outage = self.simulator.fault("status", status=503, match=match)

    def _limit(self) -> None:
        """One policy enforces, with one place; the other tells what it would do."""
        pumps = {
            "selector": {"matchLabels": {"fleet": "pumps"}},
            "mode": "Enforce",
            "action": "Disable",
            "maxDisabled": 1,
            "data": {"perSIM": "40Mi", "pool": "200Mi"},
            "sms": {"perSIM": 20},
        }
        meters = {
            "selector": {"matchLabels": {"fleet": "meters"}},
            "mode": "Audit",
            "action": "Disable",
            "data": {"perSIM": "12Mi", "pool": "30Mi"},
        }
        self.plant.apply(self.plant.manifest("QuotaPolicy", "pumps", pumps))
        self.meadow.apply(self.meadow.manifest("QuotaPolicy", "meters", meters))
        for world, policy in ((self.plant, "pumps"), (self.meadow, "meters")):
            world.until_reason(policy, "Reconciled", kind="quotapolicy")

    def _use(self) -> None:
        """Some use a lot: one is disabled, one is held, one is warned, and a pool is used up."""
        for name, megabytes, messages in (
            (EXCEEDED, 47, 2),
            (WARNED, 35, 18),
            ("pump-6", 12, 1),
            ("meter-5", 14, 3),
            ("meter-6", 19, 0),
        ):
            change = {"use_data_mb": megabytes, "use_sms": messages}
            self.simulator.patch_sim(self.iccids[name], **change)
        self.plant.until_reason(EXCEEDED, "DisabledByPolicy")
        self.simulator.patch_sim(self.iccids[HELD], use_data_mb=44)
        self.plant.until(lambda: self._policy(self.plant, "pumps").get("held"), "one is held")
        self.meadow.until(
            lambda: self._policy(self.meadow, "meters").get("exceeded"), "one is over"
        )

    def _disable(self) -> None:
        """The owner disables two: the second finds no place under maxDisablesPerHour."""
        for name in DISABLED_BY_OWNER:
            self.meadow.patch("sim", name, {"state": "Disabled"})

        def reasons() -> list[str]:
            return [self.meadow.condition(name).get("reason", "") for name in DISABLED_BY_OWNER]

        self.meadow.until(lambda: "DisableHeld" in reasons(), "one waits for a place")

    def _age(self) -> None:
        """One volume ends soon, one is nearly used; before they are read for the first time."""
        self.simulator.patch_sim(self.iccids[LOW], remaining_data_mb=30, remaining_sms=6)
        iccid = self.iccids[EXPIRING]
        with self.simulator.client() as client:
            quota = client.get(f"/v1/sims/{iccid}/quota/data").json()
        now = self.simulator.control("GET", "time")["now"]
        soon = datetime.fromisoformat(now) + timedelta(days=45)
        quota["expiry_date"] = soon.strftime("%Y-%m-%d %H:%M:%S")
        match = {"operation": "getDataQuota", "path": iccid}
        self.simulator.fault("status", status=200, body=quota, match=match)

    def _fail(self) -> None:
        """Some calls are answered with 503, and others with half of an answer."""
        failing = {"operation": "getStatus"}
        self.simulator.fault("status", status=503, match=failing, probability=0.1)
        self.simulator.fault("torn-json", match=failing, probability=0.1)

    def _stream(self) -> None:
        """A stream: usage that is new, usage that was told before, and somebody who may not."""
        leader = self.leader()
        url = f"http://127.0.0.1:{leader.hooks_port}/hooks/1nce/{self.plant.namespace}/default"
        order = {"url": url, **_STREAMER, "max_failures": 10_000, "interval_seconds": 60}
        self.stream = int(self.simulator.control("POST", "streams", json=order)["id"])
        for name in ("pump-7", "meter-7"):
            self.simulator.patch_sim(self.iccids[name], use_data_mb=3)
        self.simulator.control("POST", f"streams/{self.stream}/flush", json={"wait_seconds": 20})
        self.simulator.control("POST", f"streams/{self.stream}/repeat")
        stranger = httpx.post(url, auth=("stranger", "guess"), json=[], timeout=10, trust_env=False)
        assert stranger.status_code == 401
        self.plant.until(
            lambda: leader.metric("onence_stream_records_total", outcome="duplicate"),
            "a record is known already",
        )

    # What is seen

    @property
    def account(self) -> str:
        """The account that is well, as metrics name it."""
        return f"{self.plant.namespace}/default"

    def leader(self) -> OperatorProcess:
        """The replica that works."""
        found: list[OperatorProcess] = self.plant.until(self._leading, "a replica leads")
        return found[0]

    def _leading(self) -> list[OperatorProcess]:
        running = (one for one in self.replicas if one.runs)
        return [one for one in running if one.metric("sim_operator_leader") == 1.0]

    def _policy(self, world: World, name: str) -> Json:
        return world.status(name, "quotapolicy")


@contextmanager
def opened(
    cluster: Cluster,
    kubeconfig: Path,
    folder: Path,
    namespaces: tuple[str, str],
    *,
    standby: Mapping[str, str] | None = None,
    follow: bool = False,
    **timing: Any,
) -> Iterator[FleetWorld]:
    """Two namespaces, a simulated 1NCE, a history, and two replicas of which the first leads.

    `standby`: other settings of the second replica; `follow`: both take their time from the
    simulator; `timing`: the simulator's, for its clock.
    """
    with ExitStack() as stack:
        keeper = stack.enter_context(Keeper())
        for namespace in namespaces:
            kubectl(cluster.kubeconfig, "create", "namespace", namespace)
            stack.callback(_remove, cluster, namespace)
        simulator = stack.enter_context(SimulatorProcess(sims=SIMS, rate_limit=RATE, **timing))
        simulator.quirks(v2_usage=True)  # else there is nothing to deliver
        environment = {
            "namespace": namespaces[0],
            "watch_namespaces": ",".join(namespaces),
            "default_account": f"{namespaces[0]}/default",
            "allowed_endpoints": simulator.url,
            "history_url": keeper.url,
            **({"clock_url": simulator.url} if follow else {}),
        }
        first = OperatorProcess(kubeconfig, folder / "operator-1.log", environment)
        second = first.replica(folder / "operator-2.log")
        for name, value in (standby or {}).items():
            second.set(name, value)
        for replica in (first, second):
            stack.callback(replica.kill)
        iccids = [str(one["iccid"]) for one in simulator.sims()]
        plant, meadow = (
            World(cluster, namespace, simulator, first, folder, iccids) for namespace in namespaces
        )
        world = FleetWorld(plant, meadow, [first, second])
        first.start()
        world.leader()
        second.start()
        yield world


def _remove(cluster: Cluster, namespace: str) -> None:
    kubectl(
        cluster.kubeconfig, "delete", "namespace", namespace, "--wait=false", "--ignore-not-found"
    )
