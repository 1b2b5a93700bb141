"""What a scrape is told beside the accounts."""

from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.engine.fleet_view import EngineFleetView
from sim_operator.kube.store import Store
from sim_operator.telemetry.fleet import PolicySample, SimSample
from tests.unit.specimens import NOW, sim_record

PUMPS = PolicySample("plant-a", "pumps", sims={"matched": 3})


def view(store: Store, *policies: PolicySample) -> EngineFleetView:
    return EngineFleetView(
        store, lambda: None, lambda: True, lambda: None, lambda: NOW, policies=lambda: policies
    )


def of(status: Any) -> SimSample:
    """The sample of a SIM resource that no account works."""
    store = Store()
    store.put(sim_record(status=status))
    [sample] = view(store).sims()
    return sample


def test_policies_are_those_that_the_engine_evaluates() -> None:
    assert list(view(Store(), PUMPS).policies()) == [PUMPS]


def test_without_anybody_who_evaluates_there_are_no_policies_and_no_accounts() -> None:
    made = EngineFleetView(Store(), lambda: None, lambda: True, lambda: None, lambda: NOW)
    assert list(made.policies()) == []
    assert list(made.accounts()) == []


def test_objects_are_counted_for_every_kind_unreadable_ones_included() -> None:
    store = Store()
    metadata = {"namespace": "plant-a", "name": "pumps", "uid": "u", "resourceVersion": "1"}
    store.observe(POLICY_KIND, {"metadata": metadata, "spec": {"mode": "Punish"}})
    assert view(store).store_objects() == {SIM_KIND: 0, ACCOUNT_KIND: 0, POLICY_KIND: 1}


def test_the_time_is_that_of_the_operator() -> None:
    assert view(Store()).now() == NOW.timestamp()


def test_the_conditions_of_a_status_are_told_with_the_moment_of_their_last_transition() -> None:
    def condition(type_: str, status: str, reason: str, since: str) -> dict[str, str]:
        return {"type": type_, "status": status, "reason": reason, "lastTransitionTime": since}

    told = of(
        {
            "conditions": [
                condition("Ready", "False", "NotFound", "2026-11-23T11:00:00Z"),
                condition("Synced", "Unknown", "NotObserved", "2026-11-23T11:30:00Z"),
                condition("Stalled", "True", "NotFound", "2026-11-23T11:00:00Z"),
            ]
        }
    )
    assert told.conditions == (
        (("Ready", "False", "NotFound"), NOW.timestamp() - 3600),
        (("Synced", "Unknown", "NotObserved"), NOW.timestamp() - 1800),
    )


def test_session_and_levels_are_those_of_the_status() -> None:
    told = of(
        {
            "session": "Attached",
            "quota": {"data": {"level": "Low"}, "sms": {"level": "Exhausted"}},
        }
    )
    assert (told.session, told.online) == ("Attached", False)
    assert (told.data_level, told.sms_level) == ("Low", "Exhausted")


def test_of_a_resource_without_a_status_nothing_is_told_but_its_name() -> None:
    told = of({})
    assert (told.conditions, told.session, told.data_level, told.sms_level) == (
        (),
        None,
        None,
        None,
    )
    assert (told.name, told.account, told.ready) == ("pump-17", "", False)


def test_a_sample_is_made_anew_only_when_the_resource_changed() -> None:
    store = Store()
    store.put(sim_record(status={"session": "Online"}))
    made = view(store)
    [first] = made.sims()
    [again] = made.sims()
    assert again is first
    store.put(sim_record(status={"session": "Offline"}, resource_version="2"))
    [changed] = made.sims()
    assert (first.online, changed.online) == (True, False)
