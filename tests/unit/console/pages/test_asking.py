"""What an address asks for, and the addresses that a page makes."""

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.datastructures import QueryParams

from sim_operator.console.fleet import Column
from sim_operator.console.pages import asking, columns


def read(query: str) -> asking.Asked:
    return asking.read(QueryParams(query))


def test_an_empty_address_asks_for_everything_by_name() -> None:
    asked = read("")
    assert asked.order.column is Column.NAME
    assert (asked.page, asked.size, asked.faults) == (1, 50, ())
    assert asked.names == columns.FIRST
    assert asked.wanted.text is None


def test_every_field_becomes_part_of_the_filter() -> None:
    asked = read(
        "q=pump&namespace=a&state=Enabled&session=Online&ready=False&reason=Stale"
        "&policy=p&account=x/y&labels=fleet%3Dpumps&page=3&size=250"
    )
    wanted = asked.wanted
    assert (wanted.text, wanted.namespace, wanted.state, wanted.session) == (
        "pump",
        "a",
        "Enabled",
        "Online",
    )
    assert (wanted.ready, wanted.reason, wanted.policy, wanted.account) == (
        "False",
        "Stale",
        "p",
        "x/y",
    )
    assert wanted.selector is not None
    assert (asked.page, asked.size) == (3, 250)


def test_sims_without_a_policy_can_be_asked_for() -> None:
    assert read("policy=(none)").wanted.policy == ""


@pytest.mark.parametrize(
    ("query", "page", "size"),
    [
        ("page=0", 1, 50),
        ("page=-4", 1, 50),
        ("page=two", 1, 50),
        ("page=99999999999999999999", 1_000_000, 50),
        ("size=51", 1, 100),
        ("size=10000000", 1, 500),
        ("size=%D9%A3", 1, 50),
    ],
)
def test_numbers_that_make_no_sense_become_the_nearest_that_do(
    query: str, page: int, size: int
) -> None:
    asked = read(query)
    assert (asked.page, asked.size) == (page, size)


def test_what_is_not_understood_is_told_and_the_rest_holds() -> None:
    asked = read("labels=fleet%3D%3D%3D&sort=colour&state=Enabled")
    assert len(asked.faults) == 2
    assert "label selector" in asked.faults[0]
    assert asked.wanted.state == "Enabled"
    assert asked.order.column is Column.NAME


def test_the_head_of_a_column_sorts_up_first_and_then_down() -> None:
    first = read("q=a%26b&page=4")
    up = read(urlsplit(first.sorting(Column.DATA_USED)).query)
    assert (up.order.column, up.order.descending, up.page) == (Column.DATA_USED, False, 1)
    assert up.wanted.text == "a&b"
    assert up.sorted_as(Column.DATA_USED) == "ascending"
    down = read(urlsplit(up.sorting(Column.DATA_USED)).query)
    assert down.sorted_as(Column.DATA_USED) == "descending"
    assert down.sorted_as(Column.NAME) is None


def test_chosen_columns_stay_with_the_address_in_the_order_of_the_page() -> None:
    asked = read("col=imei&col=iccid&col=nonsense")
    assert asked.names == (Column.ICCID, Column.IMEI)
    assert parse_qs(urlsplit(asked.address(page=2)).query)["col"] == ["iccid", "imei"]
    assert "col" not in read("").address(page=2)
