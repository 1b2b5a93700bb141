"""What has to be there beside an export."""

from typing import Any

from sim_operator.exporting.manifest import manifest
from sim_operator.exporting.readme import needs_of, readme, sentences
from tests.unit.exporting.objects import account, sim


def _told(*bodies: dict[str, Any]) -> list[str]:
    return list(sentences(needs_of(manifest(one["kind"], one) for one in bodies)))


def test_secrets_and_config_maps_are_named_with_their_keys() -> None:
    full = account(
        caBundleConfigMapRef={"name": "corporate"},
        dataStreamer={"credentialsSecretRef": {"name": "streamer"}},
    )
    assert _told(full) == [
        "Namespaces, which are not part of the export: plant-a.",
        "Secret plant-a/onence with the keys ONCE_CLIENT_ID, ONCE_CLIENT_SECRET.",
        "Secret plant-a/streamer with the keys password, username.",
        "ConfigMap plant-a/corporate with the keys ca.crt.",
    ]


def test_one_secret_of_two_accounts_is_named_once() -> None:
    told = _told(account("one"), account("two"))
    assert sum("Secret" in sentence for sentence in told) == 1


def test_accounts_elsewhere_default_account_and_labels_of_namespaces_are_named() -> None:
    selecting = account(allowedNamespaces={"from": "Selector", "selector": {}})
    told = " ".join(
        _told(selecting, sim("a", "plant-b", accountRef={"name": "x", "namespace": "hub"}), sim())
    )
    assert "SIMAccount hub/x, which SIMs refer to" in told
    assert "SIM_OPERATOR_DEFAULT_ACCOUNT" in told
    assert "Labels on the namespaces that SIMAccount plant-a/default admits" in told


def test_an_account_that_is_exported_need_not_be_there() -> None:
    told = _told(
        account(), sim("b", "plant-b", accountRef={"name": "default", "namespace": "plant-a"})
    )
    assert not any("which SIMs refer to" in sentence for sentence in told)


def test_the_page_lists_all_of_it() -> None:
    made = [manifest("SIMAccount", account())]
    assert "- Secret plant-a/onence with the keys" in readme(needs_of(made))
