"""A spec without what the API server fills in."""

from typing import Any

import pytest

from sim_operator.exporting.spec import chosen, schema_of
from tests.unit.exporting.objects import account, policy, sim


def _chosen(body: dict[str, Any]) -> dict[str, Any]:
    return chosen(body["spec"], schema_of(body["kind"]))


def test_what_somebody_chose_is_left_in_the_order_of_the_schema() -> None:
    found = _chosen(sim(suspend=True, state="Enabled", label="pump-01"))
    assert list(found.items()) == [
        ("iccid", "8988303000123456789"),
        ("state", "Enabled"),
        ("label", "pump-01"),
        ("suspend", True),
    ]


def test_an_object_of_defaults_only_is_left_out_and_one_with_a_choice_holds_only_that() -> None:
    assert _chosen(account()) == {"credentialsSecretRef": {"name": "onence"}}
    found = _chosen(account(sync={"interval": "5m", "detailInterval": "2h"}))
    assert found["sync"] == {"detailInterval": "2h"}


def test_an_object_that_means_something_by_being_there_stays() -> None:
    assert _chosen(policy(selector={}))["selector"] == {}
    selected = {"from": "Selector", "selector": {}}
    assert _chosen(account(allowedNamespaces=selected))["allowedNamespaces"] == selected


@pytest.mark.parametrize(
    ("percent", "kept"), [([80, 95], False), ([95, 80], True), ([], True), ([80], True)]
)
def test_a_list_is_left_out_only_where_it_is_the_default(percent: list[int], kept: bool) -> None:
    assert ("warnAtPercent" in _chosen(policy(warnAtPercent=percent))) is kept


def test_a_zero_is_no_false_and_a_number_no_percentage() -> None:
    assert _chosen(sim(suspend=0))["suspend"] == 0
    assert _chosen(policy(maxDisabled=10))["maxDisabled"] == 10
    assert "maxDisabled" not in _chosen(policy(maxDisabled="10%"))


def test_a_field_that_this_version_does_not_know_stays_behind_the_others() -> None:
    found = _chosen(sim(band="LTE-M", apn={"b": 1, "a": 2}))
    assert list(found) == ["iccid", "apn", "band"]
