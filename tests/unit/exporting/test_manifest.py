"""A resource as people would write it down."""

from sim_operator.exporting.manifest import manifest, observing
from tests.unit.exporting.objects import account, policy, sim


def test_a_body_has_neither_status_nor_what_the_server_wrote() -> None:
    assert manifest("SIM", sim(state="Disabled")).body == {
        "apiVersion": "sim-operator.io/v1alpha1",
        "kind": "SIM",
        "metadata": {"name": "pump-01", "namespace": "plant-a"},
        "spec": {"iccid": "8988303000123456789", "state": "Disabled"},
    }


def test_in_observe_nothing_may_be_written_and_every_wish_stays() -> None:
    one = observing(manifest("SIM", sim(state="Disabled", label="x")))
    assert one.spec == {
        "iccid": "8988303000123456789",
        "state": "Disabled",
        "label": "x",
        "managementPolicy": "Observe",
    }
    assert observing(manifest("SIMAccount", account())).spec["mode"] == "Observe"


def test_a_paused_account_stays_paused_and_a_policy_is_as_it_was() -> None:
    assert observing(manifest("SIMAccount", account(mode="Paused"))).spec["mode"] == "Paused"
    enforcing = manifest("QuotaPolicy", policy(mode="Enforce"))
    assert observing(enforcing) is enforcing


def test_policies_come_first_and_accounts_last() -> None:
    made = [
        manifest(one["kind"], one)
        for one in (account(namespace="a"), sim(namespace="b"), policy(namespace="c"), sim())
    ]
    assert [(one.kind, one.key.namespace) for one in sorted(made, key=lambda one: one.place)] == [
        ("QuotaPolicy", "c"),
        ("SIM", "b"),
        ("SIM", "plant-a"),
        ("SIMAccount", "a"),
    ]
