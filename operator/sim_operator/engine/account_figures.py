"""What metrics tell of one account."""

from collections.abc import Callable

from sim_operator.api.names import AccountReason
from sim_operator.clock.wall import WallClock
from sim_operator.domain.resources import AccountRecord
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.deciding import Decider
from sim_operator.onence.throttle import Throttle
from sim_operator.planning import budget, pace
from sim_operator.telemetry.fleet import AccountSample


class AccountFigures:
    """The figures of one account's loop, as a scrape reads them."""

    def __init__(
        self,
        state: AccountState,
        decider: Decider,
        throttle: Throttle,
        clock: WallClock,
        detail_interval: Callable[[AccountRecord], float],
    ) -> None:
        """Nothing is read before `sample`; `detail_interval`: the effective one, in seconds."""
        self._state = state
        self._decider = decider
        self._throttle = throttle
        self._clock = clock
        self._detail_interval = detail_interval

    def sample(self, account: AccountRecord) -> AccountSample:
        """The figures of this moment."""
        state, now = self._state, self._clock.now()
        limit = self._decider.limit(account, now)
        swept = state.last_sweep.finished_at if state.last_sweep else state.swept_before
        sync, rate = account.spec.sync, account.spec.rate_limit.requests_per_second
        return AccountSample(
            account=str(account.meta.key),
            ready=state.reason is AccountReason.RECONCILED,
            reasons={state.reason.value: 1},
            sims=state.counts(len(self._decider.claimed)) if state.listed is not None else {},
            sweep_last_success=swept.timestamp() if swept else None,
            sweep_interval=pace.sweep_interval(
                sync.interval_seconds, len(state.listed or ()), rate
            ),
            detail_interval=self._detail_interval(account),
            rate_limit_remaining=self._throttle.remaining,
            requests_per_second_limit=rate,
            disables_in_window=len(budget.live(state.reservations, now)),
            disables_limit=min(limit, budget.MOST_RESERVATIONS),
            disables_holding=state.holding,
        )
