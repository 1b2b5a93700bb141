"""Takes a course of strange events through a real cluster, and asks the oracle when it is quiet."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.chaos.oracle import verdicts
from tests.chaos.oracle_past import at_rest, looked_at
from tests.chaos.oracle_scene import Scene
from tests.chaos.strange_stage import CUSTOMERS, KINDS, Stage
from tests.chaos.strange_steps import Step

__all__ = ["CUSTOMERS", "Plot", "StrangeError"]

_PATIENCE_SECONDS: Final = 75.0
_REST_SECONDS: Final = 2.5
"""Two sweeps and more: what was to change has changed by then."""


class StrangeError(AssertionError):
    """Something is not as the oracle says."""


@dataclass
class Plot(Stage):
    """One course of events; `run` it, then `end` it."""

    _log_read: int = 0

    def __post_init__(self) -> None:
        """Nobody has done anything yet."""
        self._log_read = len(self.world.operator.text())
        self.set()
        self._at_rest()

    def run(self, steps: Sequence[Step], breath: int) -> None:
        """Take the steps, and ask the oracle after each `breath` of them."""
        for number, step in enumerate(steps, 1):
            self.take(step)
            self._look()
            if number % breath == 0 or number == len(steps):
                self.quiet()

    def again(self) -> None:
        """Come to the same end by another way: everything at once, and the last one first."""
        self._look()
        found = [body for kind in KINDS for body in self.listed(kind)]
        self.end()
        for body in reversed(found):
            kept = {name: body["metadata"].get(name) for name in ("name", "namespace", "labels")}
            plain = {name: body[name] for name in ("apiVersion", "kind", "spec")}
            self.hand.create({**plain, "metadata": kept})
        self.told.append(f"all {len(found)} again, by another way")
        self._look()
        self.quiet()

    def end(self) -> None:
        """Leave nothing behind."""
        for kind in ("QuotaPolicy", "SIM", "SIMAccount"):
            for body in self.listed(kind):
                where, name = body["metadata"]["namespace"], body["metadata"]["name"]
                if body["metadata"].get("finalizers"):
                    free = {"metadata": {"finalizers": None}}
                    self.hand.patch(kind, where, name, free)
                self.hand.delete(kind, where, name)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while any(self.listed(kind) for kind in KINDS):
            assert time.monotonic() < deadline, "resources do not go"
            for kind in ("SIM", "SIMAccount"):
                for body in self.listed(kind):
                    if body["metadata"].get("finalizers"):
                        where, name = body["metadata"]["namespace"], body["metadata"]["name"]
                        free = {"metadata": {"finalizers": None}}
                        self.hand.patch(kind, where, name, free)
            time.sleep(0.2)

    # The oracle

    def scene(self) -> Scene:
        """Everything as it is now."""
        return Scene(
            sims=self.listed("SIM"),
            accounts=self.listed("SIMAccount"),
            policies=self.listed("QuotaPolicy"),
            labels=self.labels,
            secrets=self.secrets,
            default_account=f"{self.world.namespace}/default",
            endpoint=self.world.simulator.endpoint,
        )

    def _at_rest(self) -> None:
        at_rest(self.past, self.scene(), self.truth())

    def _look(self) -> None:
        looked_at(self.past, self.scene())

    def quiet(self) -> None:
        """Wait until the oracle has nothing to say, and still has nothing to say a little later."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        agreed: float | None = None
        began = time.monotonic()
        while True:
            wrong = list(verdicts(self.scene(), self.truth(), self.past))
            self._no_exception()
            now = time.monotonic()
            if wrong:
                agreed = None
                if now > deadline:
                    raise StrangeError("\n".join(["the oracle disagrees:", *wrong, *self._story()]))
            elif agreed is None:
                agreed = now
            elif now - agreed > _REST_SECONDS:
                break
            time.sleep(0.4)
        self.told.append(f"quiet after {time.monotonic() - began:.1f} s")
        self._at_rest()

    def _no_exception(self) -> None:
        text = self.world.operator.text()[self._log_read :]
        if "Traceback" in text:
            at = text.index("Traceback")
            raise StrangeError("\n".join(["an exception:", text[at : at + 6000], *self._story()]))

    def _story(self) -> list[str]:
        log = self.world.operator.text()[self._log_read :].splitlines()[-30:]
        return ["the course of events:", *self.told, "the operator's last words:", *log]
