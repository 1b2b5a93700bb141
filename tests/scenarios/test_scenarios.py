"""Every scenario of this directory: what is given, what is seen, what has to follow, and why.

A case compares the whole plan: what `then` leaves out has to be at its quiet default, so that no
scenario is blind to a write that nobody asked for.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from sim_operator.api.names import DISABLE_FINALIZER, ConditionType, ReadyReason
from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.domain.states import (
    AccountMode,
    DeletionPolicy,
    ImeiLock,
    ManagementPolicy,
    QuotaLevel,
    SimState,
)
from sim_operator.planning.ledger import Accepted, Correction, Ledger
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.tenancy import Refusal
from sim_operator.planning.verdict import SimPlan
from sim_operator.planning.views import Absence, AccountView, Guard, SimView
from sim_operator.status.conditions import condition
from sim_operator.status.sim import sim_status
from tests.unit.specimens import ACCOUNT, NOW, TICK, observed, sim_record

QUIET = {
    "lasting": "none",
    "write": {},
    "look": False,
    "disable_wanted": "none",
    "release_finalizer": False,
    "warning": "none",
    "shows_observed": True,
    "handles_request": True,
}
_ENUMS: dict[str, Any] = {
    "state": SimState,
    "imei_lock": ImeiLock,
    "data_level": QuotaLevel,
    "management": ManagementPolicy,
    "deletion": DeletionPolicy,
    "mode": AccountMode,
    "guard": Guard,
    "absence": Absence,
}

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in FILES
    for case in yaml.safe_load(file.read_text())
]


def typed(told: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _ENUMS[name](value) if name in _ENUMS and value is not None else value
        for name, value in told.items()
    }


def sim_of(told: dict[str, Any]) -> SimRecord:
    spec = dict(told)
    of_meta: dict[str, Any] = {
        "status": spec.pop("status", None),
        "request": spec.pop("request", None),
        "generation": spec.pop("generation", 1),
        "finalizers": (DISABLE_FINALIZER,) if spec.pop("finalizer", False) else (),
        "deleted_at": "2026-11-23T11:59:00Z" if spec.pop("deleted", False) else None,
    }
    if "iccid" in spec:
        of_meta["iccid"] = spec.pop("iccid")
    return sim_record(spec=typed(spec), **of_meta)


def account_of(told: dict[str, Any]) -> AccountView | Refusal:
    if "refused" in told:
        reason, temporary = ReadyReason(told["refused"]), told.get("temporary", False)
        return Refusal(reason, "The account says no.", ACCOUNT, temporary)
    return AccountView(ACCOUNT, **typed(told))


def ledger_of(told: dict[str, Any]) -> Ledger:
    fields = dict(told)
    if "accepted" in fields:
        taken = fields.pop("accepted")
        write = SimWrite(**typed(taken["write"]))
        fields["accepted"] = Accepted(write, TICK - 60, taken.get("sweeps", 0))
    if "failure" in fields:
        kind = FailureKind(fields.pop("failure"))
        fields |= {"failure": Failure(kind, "1NCE says no."), "attempts": 1}
    if "retry_in" in fields:
        fields["retry_at"] = TICK + fields.pop("retry_in")
    if "expired_hours_ago" in fields:
        fields["expired_since"] = NOW - timedelta(hours=fields.pop("expired_hours_ago"))
    if "contested" in fields:
        fields["corrections"] = {
            one["field"]: Correction(
                one["wanted"], NOW - timedelta(minutes=one["corrected_minutes_ago"]), contested=True
            )
            for one in fields.pop("contested")
        }
    return Ledger(**fields)


def view_of(told: dict[str, Any]) -> SimView:
    fields = typed(told)
    seen: dict[str, Any] | None = fields.pop("seen", {})
    fields["sighting"] = None if seen is None else observed(**typed(seen))
    fields.setdefault("known", seen is not None)
    return SimView(**fields | {"ledger": ledger_of(fields.get("ledger", {}))})


def outcome(record: SimRecord, plan: SimPlan, sighting: ObservedSim | None) -> dict[str, Any]:
    status = orjson.loads(
        sim_status(record, Key("sim-operator", "default"), plan, sighting, None, NOW)
    )
    ready, synced = (condition(status, one) for one in (ConditionType.READY, ConditionType.SYNCED))
    assert ready is not None
    assert synced is not None
    lasting = {one["type"] for one in status["conditions"]} - {"Ready", "Synced"}
    wanted = {"state": plan.write.state, "label": plan.write.label}
    wanted["imei_lock"] = plan.write.imei_lock
    return {
        "ready": f"{ready['status']} {ready['reason']}",
        "synced": f"{synced['status']} {synced['reason']}",
        "lasting": ", ".join(sorted(lasting)) or "none",
        "write": {name: str(value) for name, value in wanted.items() if value is not None},
        "look": plan.look,
        "disable_wanted": str(plan.disable_wanted.value if plan.disable_wanted else "none"),
        "release_finalizer": plan.release_finalizer,
        "warning": plan.warning.reason.value if plan.warning else "none",
        "shows_observed": plan.shows_observed,
        "handles_request": plan.handles_request,
        "says": f"{ready['message']} {synced['message']}",
        "status": status,
    }


@pytest.mark.parametrize("case", CASES)
def test_the_plan_is_as_the_scenario_says(case: dict[str, Any]) -> None:
    assert case.keys() <= {"case", "because", "given", "view", "then"}, (
        "an unknown key says nothing"
    )
    given, then = case.get("given", {}), case["then"]
    record, view = sim_of(given.get("sim", {})), view_of(case.get("view", {}))
    plan = plan_sim(record, account_of(given.get("account", {})), view, now=NOW, tick=TICK)
    got = outcome(record, plan, view.sighting)
    expected = QUIET | {"ready": then["ready"], "synced": then["synced"]}
    expected |= {name: value for name, value in then.items() if name in QUIET}
    assert {name: got[name] for name in expected} == expected, case["because"]
    for text in then.get("says", ()):
        assert text in got["says"], case["because"]
    for text in then.get("never_says", ()):
        assert text not in got["says"], case["because"]
    for name, value in then.get("status", {}).items():
        assert got["status"].get(name) == value, case["because"]
    assert then.keys() <= QUIET.keys() | {"ready", "synced", "says", "never_says", "status"}


def test_there_are_scenarios_and_each_says_why() -> None:
    assert len(CASES) >= 70
    for case in CASES:
        told: Any = case.values[0]
        assert len(told["because"].split()) > 3
