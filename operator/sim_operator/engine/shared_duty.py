"""Of one replica among several that share the accounts."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from sim_operator.domain.resources import Key
from sim_operator.engine.duty import Part
from sim_operator.engine.shared_hands import SharedHands
from sim_operator.engine.sharing import Sharing, Work
from sim_operator.kube.account_leases import AccountLeases
from sim_operator.kube.lease import Lease
from sim_operator.kube.member_lease import MemberLease


class SharedDuty:
    """Shows that it is alive, takes its share, and perhaps what belongs to no account."""

    def __init__(
        self,
        member: MemberLease,
        common: Lease,
        leases: AccountLeases,
        identity: str,
        *,
        existing: Mapping[Key, object],
        complete: asyncio.Event,
        renew: Callable[[], Awaitable[None]],
        heartbeat: Callable[[float], None],
    ) -> None:
        """`common` is the one Lease that a process without sharding works by."""
        self._member = member
        self._common = common
        self._leases = leases
        self.hands = SharedHands(
            identity, existing, outlives=member.outlives, leads=lambda: self.leads
        )
        self._sharing = Sharing(
            leases,
            self.hands,
            existing=existing,
            complete=complete.is_set,
            leader=lambda: common.holder,
            renew=renew,
            heartbeat=heartbeat,
        )
        self._existing = existing
        self._work: asyncio.Future[Work] = asyncio.get_running_loop().create_future()
        self._runs: asyncio.Task[None] | None = None
        self.lost = asyncio.Event()

    @property
    def leads(self) -> bool:
        """Whether it decides about what belongs to no account."""
        leading = self._common.leading.is_set() and not self._common.lost.is_set()
        return leading and self._member.outlives(0.0)

    @property
    def works(self) -> bool:
        """While it is a member."""
        return self._member.leading.is_set() and not self._member.lost.is_set()

    @property
    def readiness(self) -> str:
        """How large its share is."""
        share = f"sharing: {len(self.hands.held)} of {len(self._existing)} accounts"
        return f"{share}, and what belongs to none" if self.leads else share

    @property
    def unheld(self) -> float | None:
        """SIMAccounts that nobody works; None where another process tells."""
        return float(self._sharing.unheld) if self.leads else None

    def place_of(self, account: Key) -> str | None:
        """Where the process that works an account takes batches."""
        return self.hands.address_of(account)

    def publish(self, address: str) -> None:
        """By the Lease of this process."""
        self._member.address = address

    def parts(self) -> list[Part]:
        """Its Leases, and the sharing once there is an engine."""
        return [
            (self._member.run(), "member lease"),
            (self._lead(), "lease"),
            (self._share(), "sharing"),
            (self._watch(), "watch of the leases"),
        ]

    async def granted(self) -> None:
        """Wait until this process counts as alive."""
        await self._member.leading.wait()

    def begin(self, work: Work) -> None:
        """The engine is there: what is taken from now on is worked."""
        self._work.set_result(work)

    async def hand_over(self) -> None:
        """Give up every account; others take them at once."""
        if self._runs is not None:
            self._runs.cancel()
            await asyncio.wait([self._runs])
        if self._work.done() and not self.lost.is_set():
            await self._sharing.end(self._work.result())

    async def end(self) -> None:
        """Give up the Leases: that of what belongs to no account, and that of this process."""
        await self._common.release()
        await self._member.release()

    async def look(self) -> None:
        """At the Leases of all accounts."""
        self.hands.looked(await self._leases.look(), time.monotonic())

    async def _lead(self) -> None:
        """Only who is a member may lead: others tell by that who shares."""
        await self._member.leading.wait()
        await self._common.run()

    async def _share(self) -> None:
        work = await asyncio.shield(self._work)
        await self._member.leading.wait()
        self._runs = asyncio.create_task(self._sharing.run(work), name="sharing")
        await asyncio.wait([self._runs])
        if not self._runs.cancelled():
            self._runs.result()

    async def _watch(self) -> None:
        losses = [asyncio.create_task(one.lost.wait()) for one in (self._member, self._common)]
        try:
            await asyncio.wait(losses, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for loss in losses:
                loss.cancel()
        self.lost.set()
