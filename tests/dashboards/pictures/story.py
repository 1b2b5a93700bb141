"""What happens in the fleet while it is watched, so that curves have something to tell."""

import random
import time
from itertools import cycle

from tests.dashboards.world import FleetWorld

SCRAPE_SECONDS = 2
_BEAT = 2.0
SHOWN = "pump-6"
"""The SIM that the page SIM is drawn for."""


class Story:
    """A fleet of which some devices talk more than others, and to which things happen."""

    def __init__(self, world: FleetWorld) -> None:
        """By chance, but the same chance each time."""
        self._world = world
        self._chance = random.Random(1)  # noqa: S311 - a story, no secret

    def play(self, seconds: float) -> None:
        """Let it live for so long, with all that happens spread over it."""
        begun = time.monotonic()
        self._world.live()
        talkative = cycle([SHOWN, "pump-7", "meter-5", "meter-7", "pump-8"])
        ahead = [(0.4, self._recover), (0.65, self._hand_over)]
        while (elapsed := time.monotonic() - begun) < seconds:
            name = next(talkative)
            self._use(name, megabytes=self._chance.uniform(0.05, 0.5))
            if self._chance.random() < 0.1:
                self._use(name, sms=1)
            if ahead and elapsed > ahead[0][0] * seconds:
                ahead.pop(0)[1]()
            time.sleep(_BEAT)

    def _recover(self) -> None:
        """The second account can be read again."""
        self._world.simulator.control("DELETE", f"faults/{self._world.outage}")

    def _use(self, name: str, megabytes: float = 0.0, sms: int = 0) -> None:
        change = {"use_data_mb": round(megabytes, 3), "use_sms": sms}
        wanted = {key: value for key, value in change.items() if value}
        if wanted:
            self._world.simulator.patch_sim(self._world.iccids[name], **wanted)

    def _hand_over(self) -> None:
        """The leader ends, the other works on, and the first comes back to stand by."""
        leader = self._world.leader()
        leader.stop()
        self._world.leader()
        leader.start()
