"""When an account is swept, and what a sweep's end means for the account's condition."""

import asyncio
import logging
import random
import time

from sim_operator.api.names import (
    ACCEPT_SWEEP_ANNOTATION,
    ACCOUNT_KIND,
    AccountReason,
)
from sim_operator.domain.failure import FailureKind
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.domain.states import AccountMode
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.claimed import Claimed
from sim_operator.engine.connecting import Connection, Obstacle
from sim_operator.engine.history import history_interval
from sim_operator.engine.services import Elders, Services
from sim_operator.engine.sweeping import Sweep, read_all, take_in
from sim_operator.onence.faults import OnenceError
from sim_operator.planning import budget, chronicle, pace
from sim_operator.planning.breaker import Believed
from sim_operator.planning.sketch import Sketch
from sim_operator.status.account import AccountReport, account_status
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_TROUBLE_FIRST, _TROUBLE_MOST = 2.0, 60.0
_OBSTACLE_WAIT = 10.0
_ELDERS_SECONDS = 30.0
_ELDERS_LOOK = 0.1
_FIRST_PAGE, _FIRST_SWEEP = 10.0, 60.0
"""Seconds that new SIMs are told nothing while the first sweep stands still, and at all."""
_REASONS = {
    FailureKind.BAD_CREDENTIALS: AccountReason.INVALID_CREDENTIALS,
    # 1NCE lets a user with the role Owner log in and make no call.
    FailureKind.FORBIDDEN: AccountReason.INVALID_CREDENTIALS,
    FailureKind.RATE_LIMITED: AccountReason.RATE_LIMITED,
}


class AccountSweeps:
    """The sweeps of one account and its condition."""

    def __init__(
        self,
        key: Key,
        uid: str,
        state: AccountState,
        connection: Connection,
        services: Services,
        elders: Elders,
        claimed: Claimed,
    ) -> None:
        """Nothing is read before `once`."""
        self._key, self._uid = key, uid
        self._state = state
        self._connection = connection
        self._services = services
        self._elders = elders
        self._claimed = claimed
        self._failures = 0
        self._identity: tuple[str, str] | None = None
        self._sketched: tuple[Believed, Sketch] | None = None
        self.credentials_gone = False
        self._began = self._moved = time.monotonic()

    @property
    def is_starting(self) -> bool:
        """Whether the first sweep is under way and moves: what it shows is worth the wait."""
        now = time.monotonic()
        is_moving = now - self._moved < _FIRST_PAGE and now - self._began < _FIRST_SWEEP
        return is_moving and not self._state.attempted

    def sweep_interval(self, account: AccountRecord) -> float:
        """The effective seconds from one sweep to the next."""
        rate = account.spec.rate_limit.requests_per_second
        listed = len(self._state.listed or ())
        return pace.sweep_interval(account.spec.sync.interval_seconds, listed, rate)

    def detail_interval(self, account: AccountRecord) -> float:
        """The effective seconds in which every SIM's details are read; 0: they are not."""
        rate, claimed = account.spec.rate_limit.requests_per_second, len(self._claimed)
        history = chronicle.reads_per_second(claimed, self.history_interval(account))
        return pace.detail_interval(
            account.spec.sync.detail_interval_seconds, claimed, rate, others=history
        )

    def history_interval(self, account: AccountRecord) -> float:
        """The effective seconds in which every SIM is read for the history; 0: none is."""
        services = self._services
        return history_interval(account, len(self._claimed), services.recording, services.clock)

    async def let_elders_look_first(self) -> None:
        """Of two accounts that read the same SIMs the older one works: it has to be known."""
        deadline = time.monotonic() + _ELDERS_SECONDS
        # Polled: the elders come and go with their resources.
        while self._elders.pending(self._key) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_ELDERS_LOOK)

    async def once(self, account: AccountRecord) -> float:
        """Sweep; the seconds after which the next one is due."""
        obstacle = await self._connection.renew(account)
        if obstacle is not None:
            return self._obstructed(account, obstacle)
        self.credentials_gone = False
        identity = self._connection.identity
        if identity != self._identity:
            # Another endpoint or client id may be another customer's account: prove it first.
            self._state.trusted, self._identity = False, identity
        client = self._connection.client
        assert client is not None  # noqa: S101 - renew made it
        try:
            sweep = await read_all(client, self._state.sightings, self._page_read)
        except OnenceError as error:
            return self._failed(account, error)
        self._failures = 0
        self._services.meters.sweep(str(self._key), sweep.seconds)
        self._judge(account, sweep)
        return max(0.0, self.sweep_interval(account) - sweep.seconds)

    def _page_read(self) -> None:
        self._moved = time.monotonic()

    def _obstructed(self, account: AccountRecord, obstacle: Obstacle) -> float:
        self.credentials_gone = obstacle.credentials_gone
        self._become(account, obstacle.reason, obstacle.message)
        return min(_OBSTACLE_WAIT, account.spec.sync.interval_seconds)

    def _failed(self, account: AccountRecord, error: OnenceError) -> float:
        self._failures += 1
        reason = _REASONS.get(error.failure.kind, AccountReason.UNREACHABLE)
        self._become(account, reason, f"The sweep failed: {error.failure.message}")
        most = min(_TROUBLE_MOST, max(account.spec.sync.interval_seconds, _TROUBLE_FIRST))
        jitter = random.random()  # noqa: S311 - spreads load
        wait = pace.backoff(self._failures, first=_TROUBLE_FIRST, most=most, jitter=jitter)
        return max(wait, error.failure.retry_after or 0.0)

    def _judge(self, account: AccountRecord, sweep: Sweep) -> None:
        state = self._state
        accepted = account.meta.annotations.get(ACCEPT_SWEEP_ANNOTATION)
        new = sweep.sightings.keys() - state.sightings.keys()
        judgement = take_in(
            state, sweep, account.spec.protection.max_missing, accepted, self._services.clock.now()
        )
        if not judgement.believed:
            self._become(
                account,
                AccountReason.SWEEP_REJECTED,
                f"The last sweep is not believed: {judgement.message}. Nothing is "
                "written until one matches, or until "
                f"the annotation {ACCEPT_SWEEP_ANNOTATION} says {state.breaker.rejected}.",
            )
            return
        self._claimed.appeared(new)
        elder = self._elders.overlapping(self._key, state.listed or frozenset())
        state.duplicate = elder is not None
        if elder is not None:
            self._become(
                account,
                AccountReason.DUPLICATE_ACCOUNT,
                f"SIMAccount {elder} is older and shows SIMs of this account too: this "
                "one writes nothing. "
                "Delete one of the two.",
            )
            return
        self._become(account, AccountReason.RECONCILED, self._content(account))

    def _content(self, account: AccountRecord) -> str:
        text = (
            "The account is read; no SIM is changed, because spec.mode is Observe."
            if account.spec.mode is AccountMode.OBSERVE
            else "The account is read and its SIMs are kept as their resources say."
        )
        sync = account.spec.sync
        if (
            self.sweep_interval(account) > sync.interval_seconds
            or self.detail_interval(account) > sync.detail_interval_seconds
        ):
            text += " The rate limit stretches the intervals: status.effectiveIntervals shows them."
        return text

    def _become(self, account: AccountRecord, reason: AccountReason, message: str) -> None:
        state = self._state
        if (state.reason, state.message) != (reason, message):
            level = logging.INFO if reason is AccountReason.RECONCILED else logging.WARNING
            log.log(level, "%s: %s", reason, message, extra=about(account=str(self._key)))
            self._services.announcer.account(account, reason, message)
        state.reason, state.message = reason, message
        state.attempted = True
        self.report(account)

    def report(self, account: AccountRecord) -> None:
        """Hand the account's status to the writer."""
        self._services.writer.submit(
            ACCOUNT_KIND, self._key, account.meta.uid, self.status(account), urgent=True
        )

    def report_again(self) -> None:
        """The status was not written as it was: hand it over anew, of the account as it is now."""
        account = self._services.store.accounts.get(self._key)
        # A namesake is another account, and before the first attempt there is nothing to tell.
        if account is not None and account.meta.uid == self._uid and self._state.attempted:
            self.report(account)

    def status(self, account: AccountRecord) -> bytes:
        """The account's status as its loop knows it."""
        state = self._state
        report = AccountReport(
            state.reason,
            state.message,
            counts=state.counts(len(self._claimed)) if state.listed is not None else None,
            sweep=state.last_sweep,
            intervals=(
                (self.sweep_interval(account), self.detail_interval(account))
                if state.listed is not None
                else None
            ),
            picture=self._picture(),
            rejected=state.breaker.rejected,
            reservations=budget.live(state.reservations, self._services.clock.now()),
            holding=state.holding,
        )
        return account_status(account, report, self._services.clock.now())

    def _picture(self) -> Sketch | None:
        largest = self._state.breaker.largest
        if not largest or self._state.listed is None:
            return None
        if self._sketched is None or self._sketched[0] is not largest[0]:
            self._sketched = (largest[0], largest[0].sketch())
        return self._sketched[1]

    def is_stale(self, account: AccountRecord) -> bool:
        """Whether the last believed sweep is too old to vouch for what is shown."""
        state = self._state
        if not state.ever_ready or not state.attempted:
            # Right after a start the picture is old because nobody has looked yet.
            return False
        return pace.is_stale(state.last_believed, self.sweep_interval(account), time.monotonic())
