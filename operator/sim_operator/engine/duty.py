"""What a process is there for: all of the work, all of it while it leads, or a share of it.

The application asks its duty when it may begin, what it may do, and how it ends.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import Any, Protocol

from sim_operator.domain.resources import Key
from sim_operator.engine.hands import AllHands, Hands
from sim_operator.engine.services import WRITE_SECONDS
from sim_operator.engine.shared_hands import FENCE_MARGIN
from sim_operator.kube.account_leases import AccountLeases
from sim_operator.kube.answers import ApiError
from sim_operator.kube.lease import Lease
from sim_operator.planning.vigil import Vigil

log = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0

Part = tuple[Coroutine[Any, Any, None], str]
"""Something that runs as long as the process, and its name."""


class Duty(Protocol):
    """How one process takes part."""

    @property
    def hands(self) -> Hands:
        """What it acts for."""
        ...

    @property
    def lost(self) -> asyncio.Event:
        """Set when the process must end, because others act for what was its own."""
        ...

    @property
    def leads(self) -> bool:
        """Whether it decides about what belongs to no account."""
        ...

    @property
    def works(self) -> bool:
        """Whether it decides about anything."""
        ...

    @property
    def readiness(self) -> str:
        """What it does, in words."""
        ...

    def place_of(self, account: Key) -> str | None:
        """Where another process takes batches for an account, `ip:port`; None: not known."""
        ...

    def publish(self, address: str) -> None:
        """Tell others where this process takes batches, `ip:port`."""
        ...

    def parts(self) -> list[Part]:
        """What runs from the start."""
        ...

    async def granted(self) -> None:
        """Wait until the engine may begin."""
        ...

    async def hand_over(self) -> None:
        """Give up what the engine does, before it ends; what must wait until then waits."""
        ...

    async def end(self) -> None:
        """The engine has ended: let others have what was this process's."""
        ...

    async def look(self) -> None:
        """See who acts for what by now, after the end.

        Raises:
            ApiError: it cannot be seen.
        """
        ...

    @property
    def unheld(self) -> float | None:
        """SIMAccounts that nobody works, where that can be; None where another process tells."""
        ...


class SoleDuty:
    """Of a process that nothing else stands beside: it needs no Lease."""

    leads = works = True
    readiness = "leading"
    unheld: float | None = None

    def __init__(self) -> None:
        """It may begin at once."""
        self.hands: Hands = AllHands()
        self.lost = asyncio.Event()

    def place_of(self, account: Key) -> str | None:  # noqa: ARG002
        """There is no other process."""
        return None

    def publish(self, address: str) -> None:
        """There is nobody to tell."""

    def parts(self) -> list[Part]:
        """None."""
        return []

    async def granted(self) -> None:
        """It is."""

    async def hand_over(self) -> None:
        """There is nobody to take it."""

    async def end(self) -> None:
        """There is nothing to give back."""

    async def look(self) -> None:
        """There is nobody to be seen."""


class StandbyDuty:
    """Of one replica among several of which one leads and the others stand by."""

    unheld: float | None = None

    def __init__(self, lease: Lease, leases: AccountLeases, identity: str) -> None:
        """`leases` tell whether replicas that share the accounts are still at work."""
        self._lease = lease
        self._leases = leases
        self._identity = identity
        self.hands: Hands = AllHands(self._may_write)

    @property
    def lost(self) -> asyncio.Event:
        """Set when another replica leads in its place."""
        return self._lease.lost

    @property
    def leads(self) -> bool:
        """Whether it holds the Lease."""
        return self._lease.leading.is_set() and not self._lease.lost.is_set()

    @property
    def works(self) -> bool:
        """While it leads."""
        return self.leads

    @property
    def readiness(self) -> str:
        """Leading or standing by."""
        return "leading" if self.leads else "standing by"

    def place_of(self, account: Key) -> str | None:  # noqa: ARG002
        """Where the leader takes batches."""
        return self._lease.holder_address

    def publish(self, address: str) -> None:
        """By the Lease."""
        self._lease.address = address

    def parts(self) -> list[Part]:
        """The candidacy."""
        return [(self._lease.run(), "lease")]

    async def granted(self) -> None:
        """Wait for the Lease, and until nobody works a share any more.

        Replicas that were started to share the accounts give up theirs when they see who leads.
        """
        await self._lease.leading.wait()
        log.info("leading")
        vigil = Vigil(self._identity)
        while True:
            try:
                look = await self._leases.look()
            except ApiError as error:
                if error.forbidden:
                    # Whoever shares has to list them, with these very rights.
                    log.warning("whether others share the accounts is not known: %s", error)
                    return
                log.warning("whether others share the accounts is not known yet: %s", error)
            else:
                vigil.note(look.pulses, look.holders, time.monotonic())
                if not vigil.living(look.holders, time.monotonic()):
                    return
                log.info("waiting for replicas that share the accounts to give them up")
            await asyncio.sleep(_LOOK_SECONDS)

    async def hand_over(self) -> None:
        """Nobody else may begin before the Lease is given back."""

    async def end(self) -> None:
        """Give the Lease back."""
        await self._lease.release()

    async def look(self) -> None:
        """At the Lease."""
        await self._lease.look()

    def _may_write(self) -> bool:
        return self.leads and self._lease.outlives(WRITE_SECONDS + FENCE_MARGIN)
