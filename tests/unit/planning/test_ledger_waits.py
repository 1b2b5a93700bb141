"""How long the memory of a failure, a refusal or a limit holds a SIM up."""

from datetime import timedelta

from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.planning import ledger
from sim_operator.planning.ledger import Ledger
from tests.unit.specimens import ICCID, NOW, observed

FIRST, LATER = "2034-03-09T00:00:00Z", "2036-03-09T00:00:00Z"


def test_a_quota_that_was_unknown_when_1nce_refused_proves_no_extension() -> None:
    refused = Ledger(expired_since=NOW)

    known = ledger.quota_read(refused, FIRST)

    assert known == Ledger(expired_since=NOW, expired_quota=FIRST)
    assert ledger.quota_read(known, FIRST) == known
    assert ledger.quota_read(known, None) == known


def test_a_quota_that_ends_later_ends_the_refusal() -> None:
    refused = Ledger(expired_since=NOW, expired_quota=FIRST)

    assert ledger.quota_read(refused, LATER) == Ledger()


def test_a_quota_that_turns_out_to_have_ended_is_no_extension() -> None:
    refused = Ledger(expired_since=NOW, expired_quota=LATER)
    ended = (NOW - timedelta(days=1)).isoformat()

    known = ledger.quota_read(refused, ended)

    assert known == Ledger(expired_since=NOW, expired_quota=ended)
    assert ledger.quota_read(known, FIRST) == Ledger()


def test_a_quota_that_ends_earlier_than_was_believed_may_have_been_extended_meanwhile() -> None:
    assert ledger.quota_read(Ledger(expired_since=NOW, expired_quota=LATER), FIRST) == Ledger()


def test_a_quota_says_nothing_of_a_sim_that_was_never_refused() -> None:
    assert ledger.quota_read(Ledger(), LATER) == Ledger()


def test_a_postponed_write_is_forgotten_once_the_sim_is_as_wished() -> None:
    limited = ledger.postponed(Ledger(), retry_at=12.0)
    wanted = SimWrite(state=SimState.ENABLED)

    assert ledger.seen(limited, observed(ICCID, state=SimState.ENABLED), wanted, NOW) == Ledger()
    assert ledger.seen(limited, observed(ICCID, state=SimState.DISABLED), wanted, NOW) == limited
