"""The models as the operator reads objects with them."""

from typing import Any

import pytest
from pydantic import ValidationError

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.choices import (
    AccountMode,
    ManagementAPIVersion,
    NamespacesFrom,
    PeriodKind,
    PolicyLimitAction,
    PolicyMode,
    Resume,
    SimState,
)
from sim_operator.api.policy import QuotaPolicySpec, QuotaPolicyStatus
from sim_operator.api.sim import SimSpec, SimStatus

CREDENTIALS = {"credentialsSecretRef": {"name": "onence-credentials"}}
LIMITED: dict[str, Any] = {"selector": {}, "data": {"perSIM": "40Mi"}}


def test_an_account_with_only_its_secret_has_the_documented_defaults() -> None:
    spec = SIMAccountSpec.model_validate(CREDENTIALS)
    assert spec.endpoint == "https://api.1nce.com/management-api"
    assert spec.management_api_version is ManagementAPIVersion.V2
    assert spec.mode is AccountMode.ACTIVE
    assert spec.allowed_namespaces.from_ is NamespacesFrom.SAME
    assert spec.sync.interval_seconds == 300
    assert spec.sync.detail_interval_seconds == 3600
    assert spec.rate_limit.requests_per_second == 8
    assert spec.protection.max_disables_per_hour == "10%"
    assert spec.protection.max_missing == "10%"
    assert spec.ca_bundle_config_map_ref is None
    assert spec.data_streamer is None


def test_fields_are_read_by_their_names_on_the_wire() -> None:
    spec = SIMAccountSpec.model_validate(
        CREDENTIALS
        | {
            "managementAPIVersion": "v1",
            "caBundleConfigMapRef": {"name": "corporate-ca"},
            "allowedNamespaces": {
                "from": "Selector",
                "selector": {
                    "matchLabels": {"fleet": "pumps"},
                    "matchExpressions": [{"key": "region", "operator": "In", "values": ["north"]}],
                },
            },
            "protection": {"maxDisablesPerHour": 25},
        }
    )
    assert spec.management_api_version is ManagementAPIVersion.V1
    assert spec.ca_bundle_config_map_ref is not None
    assert spec.ca_bundle_config_map_ref.name == "corporate-ca"
    selector = spec.allowed_namespaces.selector
    assert selector is not None
    assert selector.match_labels == {"fleet": "pumps"}
    assert selector.match_expressions is not None
    assert selector.match_expressions[0].values == ("north",)
    assert spec.protection.max_disables_per_hour == 25


def test_a_field_of_a_later_version_is_ignored() -> None:
    spec = SimSpec.model_validate({"iccid": "8988303000123456789", "colour": "Red"})
    assert spec.iccid == "8988303000123456789"
    assert spec.state is None


def test_an_unknown_word_is_refused_and_never_guessed() -> None:
    with pytest.raises(ValidationError, match="state"):
        SimSpec.model_validate({"iccid": "8988303000123456789", "state": "On"})


def test_a_spec_cannot_be_changed() -> None:
    spec = SimSpec.model_validate({"iccid": "8988303000123456789"})
    with pytest.raises(ValidationError, match="frozen"):
        spec.state = SimState.DISABLED  # type: ignore[misc]


def test_a_status_comes_back_as_it_was_written() -> None:
    status = {
        "account": "sim-operator/default",
        "ipAddress": "100.100.100.18",
        "quota": {"data": {"level": "Low", "remaining": "12Mi"}},
        "policy": {
            "name": "pumps",
            "hold": {
                "policyUID": "7f2c1f0e-3c9c-4a52-9a1d-3d5e1e1d1c11",
                "period": "2026-11",
                "since": "2026-11-22T10:00:00Z",
                "stateBefore": "Enabled",
            },
        },
    }
    read = SimStatus.model_validate(status)
    assert read.model_dump(mode="json", by_alias=True, exclude_none=True) == status


def test_a_policy_with_only_a_limit_has_the_documented_defaults() -> None:
    spec = QuotaPolicySpec.model_validate(LIMITED)
    assert spec.mode is PolicyMode.AUDIT
    assert spec.priority == 0
    assert spec.period is PeriodKind.MONTHLY
    assert spec.time_zone == "Etc/UTC"
    assert spec.data is not None
    assert (spec.data.per_sim, spec.data.pool) == ("40Mi", None)
    assert spec.sms is None
    assert spec.warn_at_percent == (80, 95)
    assert spec.action is PolicyLimitAction.NONE
    assert spec.max_disabled == "10%"
    assert spec.resume is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, Resume.NEXT_PERIOD),
        ({"period": "Daily"}, Resume.NEXT_PERIOD),
        ({"period": "Lifetime"}, Resume.NEVER),
        ({"period": "Lifetime", "resume": "Never"}, Resume.NEVER),
        ({"resume": "Never"}, Resume.NEVER),
        ({"resume": "NextPeriod"}, Resume.NEXT_PERIOD),
    ],
)
def test_an_absent_resume_means_the_next_period_where_there_is_one(
    said: dict[str, Any], meant: Resume
) -> None:
    assert QuotaPolicySpec.model_validate(LIMITED | said).resumes is meant


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"data": None}, "a policy needs a limit"),
        ({"data": {}}, "set perSIM"),
        ({"sms": {}}, "set perSIM"),
        ({"data": {"perSIM": "40MB"}}, "must be a data volume"),
        ({"data": {"perSIM": "40Mi\n"}}, "must be a data volume"),
        ({"data": {"pool": -1}}, "must be a data volume"),
        ({"sms": {"perSIM": -1}}, "greater than or equal to 0"),
        ({"warnAtPercent": [95, 80]}, "the percentages have to rise"),
        ({"warnAtPercent": [80, 80]}, "the percentages have to rise"),
        ({"warnAtPercent": [0]}, "from 1 to 100"),
        ({"warnAtPercent": [101]}, "from 1 to 100"),
        ({"maxDisabled": "1000%"}, "a number of SIMs"),
        ({"maxDisabled": "10"}, "a number of SIMs"),
        ({"maxDisabled": -1}, "a number of SIMs"),
        ({"period": "Lifetime", "resume": "NextPeriod"}, "a Lifetime has no next period"),
        ({"period": "Weekly"}, "Daily"),
    ],
)
def test_a_policy_that_no_api_server_has_seen_is_refused_in_the_same_words(
    said: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        QuotaPolicySpec.model_validate(LIMITED | said)


@pytest.mark.parametrize("limit", [0, "0", "0Mi", 41943040, "1.5Gi", "500M", "999999999999Ti"])
def test_a_limit_may_be_any_volume(limit: int | str) -> None:
    spec = QuotaPolicySpec.model_validate(LIMITED | {"data": {"pool": limit}})
    assert spec.data is not None
    assert spec.data.pool == limit


@pytest.mark.parametrize("steps", [[], [1], [100], [1, 2, 3, 4, 5, 6, 7, 100]])
def test_warnings_may_come_at_any_rising_percentages(steps: list[int]) -> None:
    spec = QuotaPolicySpec.model_validate(LIMITED | {"warnAtPercent": steps})
    assert spec.warn_at_percent == tuple(steps)


def test_the_status_of_a_policy_comes_back_as_it_was_written() -> None:
    status = {
        "observedGeneration": 2,
        "matched": 60,
        "pool": {"data": {"used": "8192Mi", "limit": "10Gi"}},
        "top": [{"name": "pump-1", "data": "96Mi", "percent": 240}],
        "forecast": {"exhaustsAt": "2026-11-27"},
        "maxOvershoot": "7Mi",
    }
    read = QuotaPolicyStatus.model_validate(status)
    assert read.model_dump(mode="json", by_alias=True, exclude_none=True) == status
