"""The models as the operator reads objects with them."""

import pytest
from pydantic import ValidationError

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.choices import AccountMode, ManagementAPIVersion, NamespacesFrom, SimState
from sim_operator.api.sim import SimSpec, SimStatus

CREDENTIALS = {"credentialsSecretRef": {"name": "onence-credentials"}}


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
