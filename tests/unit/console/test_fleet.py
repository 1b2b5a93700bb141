"""Filter, order, pages and sums over rows that are as the API server would have them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.names import (
    ACCOUNT_KIND,
    POLICY_KIND,
    SIM_KIND,
    AccountReason,
    QuotaPolicyReason,
    ReadyReason,
    SyncedReason,
)
from sim_operator.console.fleet import Column, Order, SimFilter, found, ordered, paged, parsed
from sim_operator.console.fleet.attention import Urgency, advice
from sim_operator.console.fleet.summary import summary
from sim_operator.domain.resources import Key
from sim_operator.kube.feed import Feed
from sim_operator.kube.stream import DELETED
from tests.unit.console.fleets import body, fleet_of

STORE, FLEET = fleet_of(400)
ROWS = list(FLEET.sims.values())


def names(wanted: SimFilter) -> set[str]:
    return {row.name for row in found(ROWS, wanted)}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (SimFilter(), lambda _: True),
        (SimFilter(namespace="plant-3"), lambda n: n % 20 == 3),
        (SimFilter(selector=parsed("fleet=fleet-3")), lambda n: n % 7 == 3),
        (
            SimFilter(selector=parsed("fleet!=fleet-3,site in (site-1, site-2)")),
            lambda n: n % 7 != 3 and n % 50 in (1, 2),
        ),
        (SimFilter(selector=parsed("!fleet")), lambda _: False),
        (SimFilter(policy="policy-1"), lambda n: n % 3 == 1),
        (SimFilter(policy=""), lambda _: False),
        (SimFilter(state="Disabled"), lambda n: n % 20 == 18),
        (SimFilter(state="Unknown"), lambda _: False),
        (SimFilter(session="Online"), lambda n: n % 3 == 0),
        (SimFilter(reason="NotFound"), lambda n: n % 20 == 17),
        (SimFilter(ready="False"), lambda n: n % 20 in (17, 19)),
        (SimFilter(account="accounts/default"), lambda _: True),
        (SimFilter(account="accounts"), lambda _: False),
        (SimFilter(text="PUMP-00042"), lambda n: n == 42),
        (SimFilter(text="352009100000042"), lambda n: n == 42),
        (SimFilter(text="100.64.0.42"), lambda n: n == 42),
        (SimFilter(text="fleet=fleet-3 plant-3"), lambda n: n % 7 == 3 and n % 20 == 3),
        (SimFilter(text="  "), lambda _: True),
    ],
    ids=lambda one: "" if callable(one) else str(one),
)
def test_a_filter_finds_what_fits_and_nothing_else(wanted: SimFilter, fits: object) -> None:
    assert callable(fits)
    assert names(wanted) == {f"pump-{n:05d}" for n in range(400) if fits(n)}


@given(column=st.sampled_from(Column), descending=st.booleans())
def test_every_column_puts_every_row_in_order_and_loses_none(
    column: Column, descending: bool
) -> None:
    rows = ordered(ROWS, Order(column, descending))
    assert {row.key for row in rows} == {row.key for row in ROWS}
    again = ordered(list(reversed(ROWS)), Order(column, descending))
    assert [row.key for row in again] == [row.key for row in rows]


def test_what_is_not_known_comes_last_in_both_directions() -> None:
    rows = [*ROWS[:3], replace(ROWS[3], data=None)]
    for descending in (False, True):
        last = ordered(rows, Order(Column.DATA_LEFT, descending))[-1]
        assert last.key == ROWS[3].key


@given(size=st.integers(-5, 600), page=st.integers(-5, 100))
def test_pages_are_within_bounds_and_hold_each_row_once(size: int, page: int) -> None:
    one = paged(ROWS, page, size)
    assert 1 <= one.size <= 500
    assert len(one.rows) <= one.size
    every = [row for number in range(1, one.pages + 1) for row in paged(ROWS, number, size).rows]
    assert every == ROWS


def test_the_sums_are_those_of_the_rows() -> None:
    made = summary(ROWS, [], [], "2026-11")
    assert made.total == 400
    assert made.active == 400 - 20
    assert sum(made.sessions.values()) == 400
    assert made.used.data == sum(n % 97 for n in range(400)) * 1024 * 1024
    assert made.used.sms == sum(n % 5 for n in range(400))
    assert made.used.top[0].data == 96 * 1024 * 1024
    days = [row.policy.exhausts_at or "" for row in made.running_out if row.policy]
    assert days == sorted(days)


def test_use_of_another_month_is_not_this_months() -> None:
    made = summary(ROWS, [], [], "2026-12")
    assert (made.used.data, made.used.sims, made.used.top) == (0, 0, ())


def test_what_needs_a_person_comes_first_and_says_what_to_do() -> None:
    first, second = summary(ROWS, [], [], "2026-11").attention
    assert (first.urgency, first.reason, first.count) == (Urgency.ACT, "NotFound", 20)
    assert "Compare spec.iccid with the card" in first.next_step
    assert len(first.examples) == 5
    assert (second.urgency, second.reason) == (Urgency.WAIT, "Progressing")


@pytest.mark.parametrize(
    ("kind", "condition", "reasons"),
    [
        (SIM_KIND, "Ready", ReadyReason),
        (SIM_KIND, "Synced", SyncedReason),
        (ACCOUNT_KIND, "Ready", AccountReason),
        (POLICY_KIND, "Ready", QuotaPolicyReason),
    ],
)
def test_every_reason_has_a_next_step(
    kind: str, condition: str, reasons: type[ReadyReason | SyncedReason]
) -> None:
    assert [one for one in reasons if not advice(kind, condition, one)] == []
    assert advice(kind, condition, "OfAnotherVersion") == ""


@pytest.mark.parametrize(
    "status",
    [
        {"conditions": "none"},
        {"conditions": [{}], "usage": 3, "quota": [], "policy": "x"},
        {"quota": {"data": {"remaining": "much", "total": True}}},
        {"usage": {"period": "2026-11", "data": "88Zi", "sms": "3"}},
        {"policy": {"name": "p", "hold": []}},
        {"state": 7, "session": None, "iccid": ""},
    ],
    ids=str,
)
def test_an_odd_status_hides_no_sim(status: dict[str, object]) -> None:
    store, fleet = fleet_of(1)
    Feed(store).take(SIM_KIND, "MODIFIED", body(0, resourceVersion="2000") | {"status": status})
    [row] = fleet.sims.values()
    assert row.iccid == "8988303000000000000"
    assert row.session is None


def test_a_version_moves_with_its_namespace_alone() -> None:
    store, fleet = fleet_of(40)
    one, other = frozenset({"plant-1"}), frozenset({"plant-2"})
    before = fleet.version(one), fleet.version(other), fleet.version(None)
    Feed(store).take(SIM_KIND, DELETED, body(1))
    assert Key("plant-1", "pump-00001") not in fleet.sims
    assert fleet.version(one) != before[0]
    assert fleet.version(other) == before[1]
    assert fleet.version(None) != before[2]


def test_an_object_that_is_not_understood_is_told_of() -> None:
    store, fleet = fleet_of(3)
    odd = body(1, resourceVersion="2000")
    odd["spec"]["state"] = "Sleeping"
    Feed(store).take(SIM_KIND, "MODIFIED", odd)
    assert len(fleet.sims) == 2
    told = summary(list(fleet.sims.values()), [], [], "2026-11", None, list(fleet.misunderstood()))
    [one] = told.attention
    assert (one.urgency, one.reason, one.examples) == (
        Urgency.ACT,
        "Unreadable",
        (Key("plant-1", "pump-00001"),),
    )
    assert "spec.state" in one.message
    assert one.next_step
