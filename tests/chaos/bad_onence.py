"""Faults of 1NCE in phases of the operator's work, several side by side.

Each has a customer, an account and SIMs of its own; they begin, live and end together, so that a
batch takes no longer than one of them.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.chaos.bad_onence_cells import SIMS, Cell, Role
from tests.chaos.bad_onence_faults import FAULTS, REDIRECTED_TO, Fault, Hits, Shows
from tests.chaos.bad_onence_phases import PHASES, Phase
from tests.chaos.history import History
from tests.chaos.promises import Told, kept
from tests.cluster import Cluster
from tests.integration.tenants import Tenants, opened
from tests.integration.world import Json, World

AT_ONCE: Final = 8
"""The simulated 1NCE has ten customers: one is the first, one the stranger of `other-account`."""
_PAGED_SIMS: Final = 230
_LIFE_SECONDS: Final = 7.0
_SIGN_SECONDS: Final = 60.0
_PATIENCE_SECONDS: Final = 150.0
_START: Final = "2026-11-15T12:00:00Z"
_RATE: Final = 8

Pair = tuple[Fault, Phase]


def pairs(*, slow: bool) -> list[Pair]:
    """Every fault in every phase whose calls it can hit."""
    return [
        (fault, phase)
        for fault in FAULTS
        for phase in PHASES
        if fault.hits & phase.hits and (slow or not fault.slow)
    ]


def batches(seed: int, count: int, *, slow: bool) -> list[list[Pair]]:
    """So many batches of pairs in different phases.

    The order is always the same one; a seed says where in it to begin, and the next seed goes on
    where this one ends, so that rounds with rising seeds come by all of them.
    """
    by_phase: dict[str, list[Pair]] = {phase.name: [] for phase in PHASES}
    chance = random.Random(6)  # noqa: S311 - chance that can be repeated
    for pair in chance.sample(found := pairs(slow=slow), len(found)):
        by_phase[pair[1].name].append(pair)
    order: list[Pair] = []
    while lines := [line for line in by_phase.values() if line]:
        order += [line.pop() for line in chance.sample(lines, len(lines))]
    made = [order[at : at + AT_ONCE] for at in range(0, len(order), AT_ONCE)]
    return [made[(seed * count + number) % len(made)] for number in range(count)]


@dataclass
class Try:
    """One fault in one phase, and what is wrong with it."""

    fault: Fault
    phase: Phase
    cell: Cell
    broken: list[str] = field(default_factory=list)
    sign: str = ""
    failed_before: float = 0.0
    accepted: bool = False

    @property
    def name(self) -> str:
        return f"{self.fault.name} during {self.phase.name}"

    def begin(self) -> None:
        """1NCE turns bad."""
        self.failed_before = self._failed_calls()
        self.fault.begin(self.cell.tenant, self.phase.match)

    def look(self, resources: dict[str, Json]) -> None:
        """Whether the trouble is to be seen now."""
        if self.sign or not self._must_show():
            return
        tenant = self.cell.tenant
        reason = tenant.condition(tenant.name, kind="simaccount").get("reason", "Progressing")
        if self._must_show() is Shows.REJECTION:
            self.sign = reason if reason == "SweepRejected" else ""
            return
        found = [f"the account is {reason}"] if reason not in ("Reconciled", "Progressing") else []
        for role in (Role.MANAGED, Role.OFF, Role.LEAVING, Role.LIMITED):
            conditions = (resources.get(self.cell.name(role)) or {}).get("status", {})
            shown = [one["reason"] for one in conditions.get("conditions") or ()]
            found += [f"{role} is {one}" for one in shown if one in _SHOWN]
        if (
            not found
            and not (self.phase.hits & Hits.LIST)
            and self.failed_before < (failed := self._failed_calls())
        ):
            found = [f"{failed - self.failed_before:g} calls failed"]
        self.sign = ", ".join(found)

    @property
    def may_end(self) -> bool:
        return bool(self.sign) or not self._must_show()

    def _must_show(self) -> Shows | None:
        fault, phase = self.fault, self.phase
        if not fault.always or fault.shows is Shows.LITTLE:
            return None
        if fault.shows is Shows.FAILURE:
            return Shows.FAILURE
        rejected = bool(phase.hits & fault.hits & Hits.LIST) and not phase.first
        return Shows.REJECTION if rejected else None

    def _failed_calls(self) -> float:
        tenant = self.cell.tenant
        account = f"{tenant.namespace}/{tenant.name}"
        total = tenant.operator.metric("onence_requests_total", account=account)
        well = tenant.operator.metric("onence_requests_total", account=account, code="200")
        unusable = tenant.operator.metric("onence_unusable_answers_total", account=account)
        return total - well + unusable


_SHOWN: Final = {"Stale", "WriteFailed", "Pending", "NotObserved", "Failed", "Expired", "NotFound"}


class Batch:
    """Tries side by side in one world."""

    def __init__(self, world: World, chosen: Sequence[Pair], seed: int) -> None:
        self._world = world
        tenants, chance = Tenants(world), random.Random(seed)  # noqa: S311 - chance that can be repeated
        self.tries = []
        for fault, phase in chosen:
            tenant = tenants.new(_PAGED_SIMS if fault.pages else SIMS)
            version = chance.choice(("v1", "v2"))
            limited = phase.limited
            cell = Cell(tenant, version, limited, phase.details)
            self.tries.append(Try(fault, phase, cell))

    def run(self) -> None:
        """Begin, live, end, and see what is left of it."""
        first = [one for one in self.tries if one.phase.first]
        for one in first:
            one.begin()
        self._apply([body for one in self.tries for body in one.cell.bodies()])
        others = [one for one in self.tries if not one.phase.first]
        self._settle(others, "before anything happened")
        held = [one for one in others if one.phase.held]
        for one in held:
            one.cell.use(41)
        self._settle(held, "before the end of its hold")
        for one in others:
            one.begin()
        self._apply([body for one in self.tries for body in one.phase.trigger(one.cell)])
        self._live()
        self._world.simulator.clear_faults()
        self._settle(self.tries, "after the fault had ended", accept=True)
        self._after()

    def _apply(self, bodies: list[Json]) -> None:
        if bodies:
            self._world.apply(*bodies)

    def _resources(self) -> dict[str, Json]:
        return {str(one["metadata"]["name"]): one for one in self._world.listed("sim")}

    def _settle(self, tries: Sequence[Try], when: str, *, accept: bool = False) -> None:
        """Wait until all is as it should be; what is not, is broken."""
        open_ = [one for one in tries if not one.broken]
        deadline = time.monotonic() + _PATIENCE_SECONDS
        wrong: dict[str, list[str]] = {}
        while open_:
            resources = self._resources()
            wrong = {one.name: self._wrong(one, resources) for one in open_}
            open_ = [one for one in open_ if wrong[one.name]]
            if time.monotonic() > deadline:
                break
            for one in open_ if accept else ():
                self._accept(one)
            time.sleep(0.5)
        for one in open_:
            one.broken += [f"{when}: {what}" for what in wrong[one.name]]

    def _wrong(self, one: Try, resources: dict[str, Json]) -> list[str]:
        found = list(one.cell.wrong(resources))
        if one.phase.limited and not found:
            tenant = one.cell.tenant
            policy = tenant.condition(tenant.name, kind="quotapolicy")
            if policy.get("reason") != "Reconciled":
                found.append(f"the policy is {policy.get('reason')}: {policy.get('message')}")
        return found

    def _accept(self, one: Try) -> None:
        """A person lets the account's own SIMs in, where those of another were seen first."""
        tenant = one.cell.tenant
        if one.accepted or not one.phase.first or one.fault.shows is not Shows.REJECTION:
            return
        protection = tenant.status(tenant.name, "simaccount").get("protection") or {}
        if fingerprint := protection.get("rejectedFingerprint"):
            tenant.annotate("simaccount", tenant.name, "accept-sweep", fingerprint)
            one.accepted = True

    def _live(self) -> None:
        """Let the faults live for a while, and until each is seen that has to be."""
        began = time.monotonic()
        while True:
            resources = self._resources()
            for one in self.tries:
                one.look(resources)
            lived = time.monotonic() - began
            if lived > _LIFE_SECONDS and all(one.may_end for one in self.tries):
                break
            if lived > _SIGN_SECONDS:
                break
            time.sleep(0.3)
        for one in self.tries:
            if not one.may_end:
                one.broken.append("nothing tells of it while it lasts")
            truth = {
                str(sim["iccid"]): sim for sim in self._world.simulator.sims(one.cell.tenant.name)
            }
            one.broken += [f"while it lasts: {what}" for what in one.cell.touched(truth)]
            one.broken += [f"while it lasts: {what}" for what in one.cell.lies(resources)]

    def _after(self) -> None:
        """It stays so, and nobody went where a redirect pointed."""
        for one in self.tries:
            if not one.broken:
                one.cell.tenant.sweeps(1)
                wrong = self._wrong(one, self._resources())
                one.broken += [f"a sweep later: {what}" for what in wrong]
        for entry in self._world.simulator.journal():
            assert entry["path"] != REDIRECTED_TO, "a redirect was followed"


@contextmanager
def batch(
    cluster: Cluster, kubeconfig: Path, folder: Path, chosen: Sequence[Pair], seed: int
) -> Iterator[Batch]:
    """A world for a batch; the promises are looked at when it ends."""
    omitted = random.Random(seed).choice(("keep", "reset"))  # noqa: S311 - chance that can be repeated
    options = {"start_time": _START, "oddities": False, "omitted": omitted}
    with opened(cluster, kubeconfig, folder, options=options) as world:
        world.simulator.quirks(v2_usage=True)
        world.operator.set("clock_url", world.simulator.url)
        world.operator.start()
        with History(cluster, [world.namespace]) as history:
            made = Batch(world, chosen, seed)
            yield made
            kept(world, history, Told(requests_per_second=_RATE))
