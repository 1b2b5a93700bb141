"""How an account stands, as decisions about its SIMs see it."""

from typing import Any

import pytest

from sim_operator.api.names import AccountReason
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.viewing import account_view
from sim_operator.planning.breaker import Memory
from sim_operator.planning.views import AccountView
from tests.unit.specimens import account_record, iccids


def view(
    *, mode: str = "Active", complete: bool = True, gone: bool = False, **state: Any
) -> AccountView:
    known: dict[str, Any] = {
        "listed": iccids(3),
        "reason": AccountReason.RECONCILED,
        "attempted": True,
        "ever_ready": True,
        "trusted": True,
    }
    deleted = "2026-11-23T12:00:00Z" if gone else None
    return account_view(
        account_record(spec={"mode": mode}, deleted_at=deleted),
        AccountState(**(known | state)),
        stale=False,
        credentials_gone=gone,
        complete=complete,
    )


def test_an_account_in_order_lets_its_sims_be_written() -> None:
    told = view()
    assert told.swept
    assert (told.not_ready, told.writes_wait, told.gone_for_good) == (None, None, False)


@pytest.mark.parametrize(
    "reason",
    [
        AccountReason.INVALID_CREDENTIALS,
        AccountReason.SECRET_NOT_FOUND,
        AccountReason.ENDPOINT_NOT_ALLOWED,
        AccountReason.PAUSED,
    ],
)
def test_some_trouble_reaches_the_sims(reason: AccountReason) -> None:
    assert reason in (view(reason=reason).not_ready or "")


@pytest.mark.parametrize("reason", [AccountReason.UNREACHABLE, AccountReason.RATE_LIMITED])
def test_an_outage_changes_only_the_account(reason: AccountReason) -> None:
    told = view(reason=reason)
    assert (told.not_ready, told.writes_wait) == (None, None)


def test_an_account_that_was_never_ready_reaches_its_sims() -> None:
    told = view(reason=AccountReason.UNREACHABLE, ever_ready=False)
    assert told.not_ready is not None


def test_an_account_that_has_not_tried_yet_does_not_reach_its_sims() -> None:
    told = view(reason=AccountReason.PROGRESSING, ever_ready=False, attempted=False)
    assert told.not_ready is None


def test_a_paused_account_reaches_its_sims_at_once() -> None:
    assert "paused" in (view(mode="Paused").not_ready or "")


def test_nothing_is_written_before_every_list_is_complete() -> None:
    assert view(complete=False).writes_wait is not None


def test_nothing_is_written_before_a_sweep_through_this_connection_is_believed() -> None:
    assert view(trusted=False).writes_wait is not None


def test_nothing_is_written_by_a_duplicate_though_its_next_sweep_fails() -> None:
    assert view(reason=AccountReason.UNREACHABLE, duplicate=True).writes_wait is not None


@pytest.mark.parametrize("reason", [AccountReason.SWEEP_REJECTED, AccountReason.UNREACHABLE])
def test_nothing_is_written_after_a_rejected_sweep_though_the_next_one_fails(
    reason: AccountReason,
) -> None:
    told = view(reason=reason, breaker=Memory(rejected="abc-123"))
    assert told.not_ready is None
    assert "not believed" in (told.writes_wait or "")


def test_an_account_that_is_being_deleted_without_credentials_is_gone_for_good() -> None:
    assert view(gone=True).gone_for_good
