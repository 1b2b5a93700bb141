"""How an account stands, in the words of the planner."""

from sim_operator.api.names import AccountReason
from sim_operator.domain.resources import AccountRecord
from sim_operator.domain.states import AccountMode
from sim_operator.engine.account_state import AccountState
from sim_operator.planning.views import AccountView

_REACH_THE_SIMS = {
    AccountReason.PAUSED,
    AccountReason.INVALID_CREDENTIALS,
    AccountReason.SECRET_NOT_FOUND,
    AccountReason.ENDPOINT_NOT_ALLOWED,
}
"""Reasons that make a SIM AccountNotReady; an outage reaches SIMs only as Stale."""


def account_view(
    account: AccountRecord,
    state: AccountState,
    *,
    stale: bool,
    credentials_gone: bool,
    complete: bool,
    starting: bool = False,
) -> AccountView:
    """What decisions about SIMs need to know of their account."""
    return AccountView(
        key=account.meta.key,
        mode=account.spec.mode,
        not_ready=_not_ready(account, state),
        gone_for_good=credentials_gone and account.meta.deleted_at is not None,
        swept=state.listed is not None,
        starting=starting,
        stale=stale,
        writes_wait=_writes_wait(state, complete=complete),
    )


def _not_ready(account: AccountRecord, state: AccountState) -> str | None:
    if account.spec.mode is AccountMode.PAUSED:
        return f"SIMAccount {account.meta.key} is paused: no call is made to 1NCE."
    never = state.attempted and not state.ever_ready
    if state.reason in _REACH_THE_SIMS or never:
        return f"SIMAccount {account.meta.key} is not ready ({state.reason}): see its conditions."
    return None


def _writes_wait(state: AccountState, *, complete: bool) -> str | None:
    if not complete:
        return "the resources in the cluster are not completely known yet"
    if state.breaker.rejected is not None:
        # Asked of the memory: a later sweep that fails gives the account another reason.
        return "the account's last sweep is not believed"
    if state.duplicate:
        return "an older SIMAccount reads the same SIMs"
    if not state.trusted:
        return "a full sweep of the account has to be believed first"
    return None
