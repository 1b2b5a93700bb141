"""The store, whatever the order in which words arrive."""

from dataclasses import replace
from typing import Any

import pytest

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.records import sim_record
from sim_operator.kube.store import Change, Store

KEY = Key("plant-a", "pump")
ACCOUNT = {"credentialsSecretRef": {"name": "once"}}
POLICY: dict[str, Any] = {"selector": {}, "data": {"perSIM": "40Mi"}}


def body(version: int = 10, uid: str = "one", **metadata: Any) -> dict[str, Any]:
    spec = metadata.pop("spec", {"iccid": "8988303000123456789"})
    status = metadata.pop("status", None)
    made: dict[str, Any] = {
        "metadata": {
            "namespace": KEY.namespace,
            "name": KEY.name,
            "uid": uid,
            "resourceVersion": str(version),
            "generation": 1,
            "creationTimestamp": "2026-11-01T00:00:00Z",
            **metadata,
        },
        "spec": spec,
    }
    return made if status is None else {**made, "status": status}


@pytest.fixture
def changes() -> list[Change]:
    return []


@pytest.fixture
def store(changes: list[Change]) -> Store:
    made = Store()
    made.subscribe(changes.append)
    return made


def test_a_new_object_is_a_significant_change(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body())
    assert [(one.key, one.old, one.significant) for one in changes] == [(KEY, None, True)]
    assert changes[0].new == store.sims[KEY]


@pytest.mark.parametrize(
    "metadata",
    [
        {"generation": 2},
        {"labels": {"fleet": "pumps"}},
        {"deletionTimestamp": "2026-11-02T00:00:00Z"},
        {"finalizers": ["sim-operator.io/disable"]},
        {"annotations": {"sim-operator.io/reconcile-requested-at": "now"}},
    ],
)
def test_what_a_person_changes_is_significant(
    store: Store, changes: list[Change], metadata: dict[str, Any]
) -> None:
    store.observe(SIM_KIND, body())
    store.observe(SIM_KIND, body(11, **metadata))
    assert changes[1].significant


def test_an_echo_of_a_status_is_not_significant(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body())
    store.observe(SIM_KIND, body(11, status={"state": "Enabled"}, annotations={"other": "x"}))
    assert not changes[1].significant
    assert store.sims[KEY].status == b'{"state":"Enabled"}'


def test_the_same_word_twice_is_no_change(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body())
    assert store.observe(SIM_KIND, body()) is None
    assert len(changes) == 1


def test_an_older_word_is_ignored_and_versions_compare_as_numbers(store: Store) -> None:
    store.observe(SIM_KIND, body(100, generation=2))
    assert store.observe(SIM_KIND, body(99, generation=1)) is None
    assert store.sims[KEY].meta.generation == 2


def test_versions_that_are_no_numbers_are_not_compared(store: Store) -> None:
    store.put(sim_record(body(9)))
    record = store.sims[KEY]
    store.put(replace(record, meta=replace(record.meta, resource_version="opaque")))
    assert store.sims[KEY].meta.resource_version == "opaque"


def test_another_uid_is_a_deletion_and_a_creation(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body(10, uid="old"))
    store.observe(SIM_KIND, body(20, uid="new"))
    seen = [(one.old and one.old.meta.uid, one.new and one.new.meta.uid) for one in changes]
    assert seen == [(None, "old"), ("old", None), (None, "new")]


def test_a_late_word_about_a_predecessor_does_not_replace_its_successor(store: Store) -> None:
    store.observe(SIM_KIND, body(20, uid="new", creationTimestamp="2026-11-02T00:00:00Z"))
    assert store.observe(SIM_KIND, body(15, uid="old")) is None
    store.drop(SIM_KIND, KEY, "old")
    assert store.sims[KEY].meta.uid == "new"


def test_a_deleted_object_does_not_come_back(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body())
    store.drop(SIM_KIND, KEY, "one")
    assert store.observe(SIM_KIND, body(11)) is None
    assert not store.sims
    assert changes[-1].new is None
    assert changes[-1].significant


def test_an_object_that_a_list_only_lacked_may_come_back(store: Store) -> None:
    store.observe(SIM_KIND, body())
    store.drop(SIM_KIND, KEY, "one", remember=False)
    store.observe(SIM_KIND, body())
    assert KEY in store.sims


def test_our_own_write_is_known_before_its_echo(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body(10))
    store.acknowledge(SIM_KIND, KEY, "one", "11", b'{"state":"Enabled"}')
    assert store.sims[KEY].status == b'{"state":"Enabled"}'
    assert store.sims[KEY].meta.resource_version == "11"
    assert [one.significant for one in changes] == [True, False]


def test_an_acknowledgement_does_not_undo_what_came_after_it(store: Store) -> None:
    store.observe(SIM_KIND, body(12, status={"state": "Disabled"}))
    store.acknowledge(SIM_KIND, KEY, "one", "11", b'{"state":"Enabled"}')
    store.acknowledge(SIM_KIND, KEY, "other", "13", b'{"state":"Enabled"}')
    assert store.sims[KEY].status == b'{"state":"Disabled"}'


def test_a_spec_that_cannot_be_read_shows_and_is_not_acted_on(
    store: Store, changes: list[Change]
) -> None:
    store.observe(SIM_KIND, body(10))
    store.observe(SIM_KIND, body(11, spec={"iccid": "1", "state": "Melted"}))
    assert not store.sims
    assert changes[-1].new is None
    assert "spec.state" in store.unreadable[SIM_KIND, KEY].message
    assert store.count(SIM_KIND) == 1

    store.observe(SIM_KIND, body(12))
    assert not store.unreadable
    assert KEY in store.sims


def test_an_unreadable_object_can_be_dropped(store: Store) -> None:
    store.observe(ACCOUNT_KIND, body(spec={}))
    assert store.unreadable
    store.drop(ACCOUNT_KIND, KEY, "one")
    assert not store.unreadable


def test_each_kind_has_a_table_of_its_own(store: Store, changes: list[Change]) -> None:
    store.observe(SIM_KIND, body(10, uid="sim"))
    store.observe(ACCOUNT_KIND, body(11, uid="account", spec=ACCOUNT))
    store.observe(POLICY_KIND, body(12, uid="policy", spec=POLICY))
    assert [one.kind for one in changes] == [SIM_KIND, ACCOUNT_KIND, POLICY_KIND]
    assert (store.sims[KEY].meta.uid, store.accounts[KEY].meta.uid) == ("sim", "account")
    assert store.policies[KEY].meta.uid == "policy"
    assert [store.count(kind) for kind in (SIM_KIND, ACCOUNT_KIND, POLICY_KIND)] == [1, 1, 1]

    store.drop(POLICY_KIND, KEY, "policy")
    assert KEY in store.sims
    assert KEY in store.accounts
    assert not store.policies


def test_a_status_of_a_policy_that_we_wrote_is_no_significant_change(
    store: Store, changes: list[Change]
) -> None:
    store.observe(POLICY_KIND, body(10, spec=POLICY))
    store.acknowledge(POLICY_KIND, KEY, "one", "11", b'{"matched":3}')
    store.observe(POLICY_KIND, body(11, spec=POLICY, status={"matched": 3}))
    assert [one.significant for one in changes] == [True, False]
    assert store.policies[KEY].status == b'{"matched":3}'


def test_a_policy_that_cannot_be_read_is_not_acted_on_and_not_gone(store: Store) -> None:
    store.observe(POLICY_KIND, body(10, spec=POLICY))
    store.observe(POLICY_KIND, body(11, spec=POLICY | {"mode": "Punish"}, status={"held": 2}))
    assert not store.policies
    unreadable = store.unreadable[POLICY_KIND, KEY]
    assert unreadable.message.startswith("spec.mode: ")
    assert unreadable.status == b'{"held":2}'
    assert store.count(POLICY_KIND) == 1


def test_who_does_not_watch_any_more_is_not_called(store: Store) -> None:
    seen: list[Change] = []
    leave = store.subscribe(seen.append)
    leave()
    store.observe(SIM_KIND, body())
    assert not seen
