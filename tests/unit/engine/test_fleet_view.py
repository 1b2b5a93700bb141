"""What a scrape is told beside the SIMs."""

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.engine.fleet_view import EngineFleetView
from sim_operator.kube.store import Store
from sim_operator.telemetry.fleet import PolicySample

PUMPS = PolicySample("plant-a", "pumps", sims={"matched": 3})


def view(store: Store, *policies: PolicySample) -> EngineFleetView:
    return EngineFleetView(
        store, lambda: None, lambda: True, lambda: None, policies=lambda: policies
    )


def test_policies_are_those_that_the_engine_evaluates() -> None:
    assert list(view(Store(), PUMPS).policies()) == [PUMPS]


def test_without_anybody_who_evaluates_there_are_no_policies() -> None:
    made = EngineFleetView(Store(), lambda: None, lambda: True, lambda: None)
    assert list(made.policies()) == []


def test_objects_are_counted_for_every_kind_unreadable_ones_included() -> None:
    store = Store()
    metadata = {"namespace": "plant-a", "name": "pumps", "uid": "u", "resourceVersion": "1"}
    store.observe(POLICY_KIND, {"metadata": metadata, "spec": {"mode": "Punish"}})
    assert view(store).store_objects() == {SIM_KIND: 0, ACCOUNT_KIND: 0, POLICY_KIND: 1}
