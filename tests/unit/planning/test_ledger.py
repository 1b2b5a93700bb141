"""What is remembered of a SIM's writes."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.planning import ledger as book
from sim_operator.planning.ledger import Ledger
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.views import AccountView, SimView
from tests.unit.specimens import ACCOUNT, NOW, TICK, observed, sim_record

WANTED = SimWrite(label="pump-17")
MINUTE = timedelta(minutes=1)


def failure(kind: FailureKind) -> Failure:
    return Failure(kind, "1NCE says no.")


def failed(ledger: Ledger, kind: FailureKind, now: datetime = NOW) -> Ledger:
    return book.failed(ledger, failure(kind), at=TICK, retry_at=TICK + 2, now=now)


def taken(ledger: Ledger | None = None, now: datetime = NOW) -> Ledger:
    return book.accepted(book.sending(ledger or Ledger()), WANTED, TICK, now)


def seen(ledger: Ledger, label: str, now: datetime) -> Ledger:
    return book.seen(ledger, observed(label=label), WANTED, now)


def fought(ledger: Ledger, now: datetime) -> Ledger:
    """Corrected, seen in place a minute later, and changed back another minute later."""
    ledger = seen(taken(ledger, now), "pump-17", now + MINUTE)
    return seen(ledger, "theirs", now + 2 * MINUTE)


def writes(ledger: Ledger, now: datetime) -> bool:
    view = SimView(observed(label="theirs"), known=True, ledger=ledger)
    record = sim_record(spec={"label": "pump-17"})
    return bool(plan_sim(record, AccountView(ACCOUNT), view, now=now, tick=TICK + 10).write)


def test_a_write_is_in_flight_until_its_answer() -> None:
    assert book.sending(Ledger()).in_flight
    assert not taken().in_flight
    assert not failed(book.sending(Ledger()), FailureKind.REFUSED).in_flight
    assert not book.withdrawn(book.sending(Ledger())).in_flight
    assert not book.postponed(book.sending(Ledger()), TICK + 5).in_flight


def test_a_withdrawn_write_leaves_no_trace() -> None:
    assert book.withdrawn(book.sending(Ledger())) == Ledger()


def test_sightings_from_before_an_accepted_write_do_not_count() -> None:
    assert taken().not_before == TICK


def test_sightings_from_before_an_ambiguous_write_do_not_count() -> None:
    assert failed(Ledger(), FailureKind.AMBIGUOUS).not_before == TICK
    assert failed(Ledger(), FailureKind.REFUSED).not_before == 0.0


def test_an_accepted_write_is_settled_when_it_is_seen() -> None:
    assert seen(taken(), "pump-17", NOW).accepted is None


def test_an_accepted_write_that_is_not_seen_is_repeated_after_three_full_sweeps() -> None:
    ledger = seen(taken(), "theirs", NOW)
    for _ in range(3):
        assert not writes(ledger, NOW)
        ledger = book.swept(ledger, TICK + 1)
    assert writes(ledger, NOW)


def test_sweeps_that_began_before_the_answer_prove_nothing() -> None:
    ledger = taken()
    for _ in range(5):
        ledger = book.swept(ledger, TICK - 1)
    assert not writes(ledger, NOW)


def test_a_repeated_write_is_waited_for_anew() -> None:
    ledger = taken()
    for _ in range(3):
        ledger = book.swept(ledger, TICK + 1)
    assert not writes(book.accepted(ledger, WANTED, TICK, NOW), NOW)


def test_a_success_ends_a_failure() -> None:
    ledger = taken(failed(Ledger(), FailureKind.UNAVAILABLE))
    assert (ledger.failure, ledger.attempts, ledger.retry_at) == (None, 0, 0.0)


def test_failures_are_counted() -> None:
    ledger = failed(failed(Ledger(), FailureKind.UNAVAILABLE), FailureKind.UNAVAILABLE)
    assert ledger.attempts == 2


def test_a_failure_is_forgotten_when_the_sim_is_as_wished() -> None:
    ledger = failed(Ledger(), FailureKind.AMBIGUOUS)
    assert seen(ledger, "theirs", NOW).failure is not None
    assert seen(ledger, "pump-17", NOW).failure is None


def test_a_wait_that_1nce_asked_for_is_no_failure() -> None:
    ledger = book.postponed(book.sending(Ledger()), TICK + 5)
    assert (ledger.failure, ledger.attempts, ledger.retry_at) == (None, 0, TICK + 5)


def test_a_person_who_asks_again_ends_every_wait() -> None:
    ledger = book.retried(failed(Ledger(), FailureKind.EXPIRED))
    assert ledger == Ledger()
    assert book.retried(book.postponed(Ledger(), TICK + 5)).retry_at == 0.0


def test_asking_again_does_not_forget_what_is_on_its_way() -> None:
    assert book.retried(book.sending(Ledger())).in_flight
    assert book.retried(taken()).accepted is not None


# Contested


def test_a_field_that_is_changed_back_three_times_in_an_hour_is_contested() -> None:
    ledger = Ledger()
    for round_ in range(3):
        assert book.contested_until(ledger, "label", "pump-17") is None
        ledger = fought(ledger, NOW + round_ * 10 * MINUTE)
    assert book.contested_until(ledger, "label", "pump-17") == NOW + 80 * MINUTE


def test_three_changes_in_more_than_an_hour_are_no_contest() -> None:
    ledger = Ledger()
    for round_ in range(6):
        ledger = fought(ledger, NOW + round_ * 31 * MINUTE)
        assert book.contested_until(ledger, "label", "pump-17") is None


def test_a_contested_field_is_corrected_once_an_hour_for_as_long_as_the_fight_goes_on() -> None:
    ledger = Ledger()
    sent: list[int] = []
    for minute in range(600):
        now = NOW + minute * MINUTE
        if sent:
            ledger = seen(ledger, "theirs", now)
        if writes(ledger, now):
            sent.append(minute)
            ledger = seen(taken(ledger, now), "pump-17", now)
    assert sent[:3] == [0, 1, 2]
    later = sent[2:]
    assert all(after - before >= 60 for before, after in pairwise(later))
    assert len(later) >= 9


def test_a_contest_is_over_once_a_correction_has_stayed_for_an_hour() -> None:
    ledger = Ledger()
    for round_ in range(3):
        ledger = fought(ledger, NOW + round_ * 5 * MINUTE)
    now = NOW + 80 * MINUTE
    ledger = seen(taken(ledger, now), "pump-17", now)
    ledger = seen(ledger, "pump-17", now + 61 * MINUTE)
    assert ledger.corrections == {}
    assert writes(seen(ledger, "theirs", now + 62 * MINUTE), now + 62 * MINUTE)


def test_another_wish_ends_a_contest() -> None:
    ledger = Ledger()
    for round_ in range(3):
        ledger = fought(ledger, NOW + round_ * MINUTE)
    assert book.contested_until(ledger, "label", "newest") is None
    newest = SimWrite(label="newest")
    assert book.seen(ledger, observed(label="theirs"), newest, NOW).corrections == {}


def test_writes_that_were_never_seen_are_no_contest() -> None:
    ledger = Ledger()
    for round_ in range(10):
        ledger = seen(taken(ledger, NOW + round_ * MINUTE), "theirs", NOW + round_ * MINUTE)
    assert book.contested_until(ledger, "label", "pump-17") is None


@pytest.mark.parametrize("kind", [FailureKind.AMBIGUOUS, FailureKind.UNAVAILABLE])
def test_failed_and_ambiguous_writes_are_no_contest(kind: FailureKind) -> None:
    ledger = Ledger()
    for round_ in range(10):
        ledger = failed(ledger, kind)
        ledger = seen(ledger, "pump-17", NOW + round_ * MINUTE)
        ledger = seen(ledger, "theirs", NOW + round_ * MINUTE)
    assert book.contested_until(ledger, "label", "pump-17") is None


def test_a_value_that_1nce_leaves_out_is_no_change_back() -> None:
    ledger = seen(taken(), "pump-17", NOW)
    ledger = book.seen(ledger, observed(label=None), WANTED, NOW)
    assert ledger.corrections["label"].reverts == ()


def test_one_change_back_counts_once_however_often_it_is_seen() -> None:
    ledger = fought(Ledger(), NOW)
    for _ in range(10):
        ledger = seen(ledger, "theirs", NOW + 3 * MINUTE)
    assert len(ledger.corrections["label"].reverts) == 1


def test_each_field_has_a_history_of_its_own() -> None:
    both = SimWrite(state=SimState.ENABLED, label="pump-17")
    ledger = book.accepted(Ledger(), both, TICK, NOW)
    ledger = book.seen(ledger, observed(label="pump-17"), both, NOW)
    ledger = book.seen(ledger, observed(label="theirs"), both, NOW + MINUTE)
    assert len(ledger.corrections["label"].reverts) == 1
    assert ledger.corrections["state"].reverts == ()


# Expired


def test_an_expired_sim_is_tried_once_a_day() -> None:
    ledger = failed(Ledger(), FailureKind.EXPIRED)
    assert not writes(ledger, NOW + timedelta(hours=23, minutes=59))
    next_day = NOW + timedelta(hours=24)
    assert writes(ledger, next_day)
    again = failed(book.sending(ledger), FailureKind.EXPIRED, next_day)
    assert not writes(again, next_day + timedelta(hours=23))


def test_an_outage_does_not_make_a_sim_look_extended() -> None:
    ledger = failed(failed(Ledger(), FailureKind.EXPIRED), FailureKind.UNAVAILABLE)
    assert ledger.expired_since == NOW


def test_the_quota_expiry_of_the_refusal_is_kept() -> None:
    ledger = book.failed(
        Ledger(),
        failure(FailureKind.EXPIRED),
        at=TICK,
        retry_at=TICK,
        now=NOW,
        quota_expiry="2026-11-01T00:00:00Z",
    )
    assert ledger.expired_quota == "2026-11-01T00:00:00Z"
    assert taken(ledger).expired_quota is None
