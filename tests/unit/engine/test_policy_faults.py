"""A fault of ours in evaluating one policy: loud, and of that policy alone."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest

from sim_operator.api.names import ConditionType
from sim_operator.domain.states import SimState
from sim_operator.engine.quota import evaluating
from sim_operator.planning.quota.evaluation import Evaluation, Member, evaluate
from sim_operator.planning.quota.terms import Terms
from sim_operator.status.conditions import condition
from tests.policy_lab.lab import MEBIBYTE, Lab, laboratory

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BROKEN, OTHER = "broken", "sound"


def faulty(terms: Terms, members: list[Member], **more: Any) -> Evaluation:
    """Evaluates every policy but one."""
    if terms.name == BROKEN:
        raise ZeroDivisionError
    return evaluate(terms, members, **more)


@pytest.fixture
def lab() -> Iterator[Lab]:
    with laboratory(NOW) as made:
        made.sim("a", {"state": "Enabled"}, {"of": BROKEN})
        made.sim("b", {"state": "Enabled"}, {"of": OTHER})
        for name in (BROKEN, OTHER):
            limit = {"selector": {"matchLabels": {"of": name}}, "data": {"perSIM": "40Mi"}}
            made.policy(name, limit)
        yield made


def ready(lab: Lab, policy: str) -> Any:
    body = lab.api.objects["QuotaPolicy", lab.key(policy)]
    return condition(body["status"], ConditionType.READY)


def use_up(lab: Lab) -> None:
    for name in "ab":
        if lab.card(name).state is SimState.ENABLED:
            lab.use(name, 41 * MEBIBYTE)
    lab.look()


def test_the_others_go_on_and_the_fault_is_told(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    lab.process.faults_allowed = frozenset([lab.key(BROKEN)])
    with patch.object(evaluating, "evaluate", faulty), caplog.at_level(logging.ERROR):
        use_up(lab)
    assert lab.hold("b") is not None
    assert lab.hold("a") is None
    assert ready(lab, OTHER)["reason"] == "Reconciled"
    told = ready(lab, BROKEN)
    assert (told["status"], told["reason"]) == ("False", "Failed")
    assert "ZeroDivisionError" in told["message"]
    assert (BROKEN, "Failed", told["message"]) in lab.events.told
    assert BROKEN in caplog.text
    assert "Traceback" in caplog.text


def test_what_was_decided_before_a_fault_stands(lab: Lab) -> None:
    use_up(lab)
    assert lab.hold("a") is not None
    lab.process.faults_allowed = frozenset([lab.key(BROKEN)])
    with patch.object(evaluating, "evaluate", faulty):
        for _ in range(3):
            lab.clock.pass_by(300)
            lab.look()
    assert lab.hold("a") is not None
    assert lab.card("a").state is SimState.DISABLED


def test_a_policy_that_failed_is_tried_again_after_a_while(lab: Lab) -> None:
    lab.process.faults_allowed = frozenset([lab.key(BROKEN)])
    with patch.object(evaluating, "evaluate", faulty):
        lab.look()
    lab.process.faults_allowed = frozenset()
    board = lab.process.supervisor.policies.board
    assert board._due.ready() == [], "not at once"
    lab.clock.pass_by(61)
    assert board._due.ready() == [lab.key(BROKEN)]
    use_up(lab)
    assert ready(lab, BROKEN)["reason"] == "Reconciled"
    assert lab.hold("a") is not None
