"""Which calls a fault hits."""

import pytest

from sim_operator.simulator.faults import Faults, FaultSpec

CALL = ("GET", "/management-api/v1/sims", "listSims", "v1", "client")


def spec(**members: object) -> FaultSpec:
    return FaultSpec.model_validate({"kind": "drop"} | members)


def hits(faults: Faults, calls: int) -> list[bool]:
    return [bool(faults.strike(*CALL)) for _ in range(calls)]


def test_a_fault_lets_some_pass_and_hits_so_many_after_them() -> None:
    faults = Faults(1)
    fault = faults.add(spec(after=2, count=3))
    assert hits(faults, 7) == [False, False, True, True, True, False, False]
    assert (fault.seen, fault.hits) == (7, 3)


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        ({}, True),
        ({"method": "GET"}, True),
        ({"method": "PUT"}, False),
        ({"path": "sims$"}, True),
        ({"path": "^/sims"}, False),
        ({"operation": "listSims", "version": "v1", "client_id": "client"}, True),
        ({"operation": "listSims", "version": "v2"}, False),
        ({"client_id": "another"}, False),
    ],
)
def test_all_that_a_match_names_must_hold(match: dict[str, str], struck: bool) -> None:
    faults = Faults(1)
    fault = faults.add(spec(match=match))
    assert hits(faults, 1) == [struck]
    assert fault.seen == int(struck)


def test_chance_follows_the_seed_and_its_probability() -> None:
    first, again, other = Faults(1), Faults(1), Faults(2)
    for faults in (first, again, other):
        faults.add(spec(probability=0.3))
    struck = hits(first, 2000)
    assert hits(again, 2000) == struck
    assert hits(other, 2000) != struck
    assert 450 < sum(struck) < 750


def test_several_faults_can_hit_the_same_call_and_end_one_by_one() -> None:
    faults = Faults(1)
    drop, late = faults.add(spec()), faults.add(spec(kind="latency"))
    assert [fault.id for fault in faults.strike(*CALL)] == [drop.id, late.id]
    assert faults.remove(drop.id)
    assert not faults.remove(drop.id)
    assert [fault.id for fault in faults.strike(*CALL)] == [late.id]
    faults.clear()
    assert faults.strike(*CALL) == []
