"""A plan as people and programs read it."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from sim_operator.api.choices import PolicyMode, Resume
from sim_operator.planning.quota.evaluation import Standing
from sim_operator.planning.quota.terms import Terms
from sim_operator.trial.outcomes import AccountGuard, PlanOutcome
from sim_operator.trial.plan_json import plan_json
from sim_operator.trial.plan_table import print_plan, sentences
from tests.unit.planning.quota.fleet import MI, key, member, policy, pool_policy
from tests.unit.trial.plans import ACCOUNT, plan

MIB_POLICY = policy(data_per_sim=40 * MI)


def printed(made: PlanOutcome) -> list[str]:
    out = StringIO()
    print_plan(made, made.sims, Console(file=out, width=200, highlight=False))
    return out.getvalue().splitlines()


def test_the_json_has_exactly_the_documented_fields() -> None:
    made = plan(member("a", 100), member("b", None, None))
    told = plan_json(made, made.sims)
    assert set(told) == {
        *("policy", "namespace", "asOf", "mode", "period", "limits", "summary", "guards"),
        *("pool", "notes", "sims"),
    }
    assert set(told["summary"]) == {
        *("matched", "warned", "exceeded", "disabled", "alreadyOff", "held", "released"),
        *("changed", "usageUnknown", "notRead", "maxDisabled"),
    }
    first, second = told["sims"]
    assert first == {
        "name": "a",
        "iccid": "8988303000123456789",
        "account": "plant-a/default",
        "state": "Enabled",
        "used": {
            "data": 100,
            "sms": 0,
            "since": "2026-11-01T00:00:00Z",
            "asOf": "2026-11-23T12:00:00Z",
        },
        "percent": 100,
        "limit": "data.perSIM",
        "now": {
            "policy": "pumps",
            "mode": "Audit",
            "action": "None",
            "wouldDo": "Disable",
            "reason": "Exceeded",
        },
        "would": "Disable",
        "reason": "Exceeded",
        "why": "data.perSIM of 100 is used up. It comes back on 2026-12-01 (Etc/UTC).",
        "exhaustsAt": "2026-11-27",
        "released": False,
        "changes": True,
        "wasRead": True,
    }
    assert second.keys() == first.keys()
    assert (second["percent"], second["reason"]) == (None, "UsageUnknown")
    assert told["summary"]["usageUnknown"] == 1


def test_pools_are_told_only_where_the_policy_has_them() -> None:
    made = plan(member("a", 20, 3), terms=pool_policy(100, None))
    assert plan_json(made, ())["pool"] == {"data": {"used": 20, "limit": 100}}
    assert "data.pool: 0.0Mi of 100 used." in sentences(made)
    without = plan(member("a", 20))
    assert plan_json(without, ())["pool"] == {}


def test_a_row_shows_use_share_present_and_future() -> None:
    made = plan(member("a", 41 * MI), terms=MIB_POLICY)
    lines = printed(made)
    assert lines[0] == "QuotaPolicy plant-a/pumps, 2026-11, Enforce"
    assert lines[2].split() == [
        *("a", "Enabled", "41.0Mi", "102", "%", "would", "Disable", "Disable", "data.perSIM"),
        *("of", "40Mi", "is", "used", "up.", "It", "comes", "back", "on", "2026-12-01"),
        *("(Etc/UTC).", "2026-11-27"),
    ]


def test_names_and_sentences_with_brackets_are_shown_as_they_are() -> None:
    made = plan(member("a", 1), notes=("[bold]no markup[/bold]",))
    assert printed(made)[-1] == "[bold]no markup[/bold]"


@pytest.mark.parametrize(
    ("hours", "at_once", "said"),
    [
        (0, 4, "of 4 new ones, 4 go at once."),
        (1, 3, "of 4 new ones, 3 go at once, the last one after 1 hour."),
        (2, 1, "of 4 new ones, 1 go at once, the last one after 2 hours."),
        (None, 0, "of 4 new ones, 0 go at once, and the others never."),
    ],
)
def test_the_guard_of_an_account_is_told_in_hours(
    hours: int | None, at_once: int, said: str
) -> None:
    guard = AccountGuard(ACCOUNT, limit=2, wanted=4, at_once=at_once, hours=hours)
    made = plan(member("a", 100), guards=(guard,))
    assert [one for one in sentences(made) if said in one]
    assert plan_json(made, ())["guards"][0]["hours"] == hours


@pytest.mark.parametrize(
    ("limit", "taken", "wanted", "at_once", "hours"),
    [
        (10, 0, 3, 3, 0),
        (10, 0, 10, 10, 0),
        (10, 0, 11, 10, 1),
        (10, 8, 3, 2, 1),
        (10, 12, 21, 0, 3),
        (0, 0, 1, 0, None),
        (0, 0, 0, 0, 0),
    ],
)
def test_an_hour_lets_through_what_its_guard_has_left(
    limit: int, taken: int, wanted: int, at_once: int, hours: int | None
) -> None:
    made = AccountGuard.of(ACCOUNT, limit=limit, taken=taken, wanted=wanted)
    assert (made.at_once, made.hours) == (at_once, hours)


def test_who_is_released_and_whose_use_is_unknown_is_named() -> None:
    made = plan(member("a", 1), *(member(f"sim-{number:02}", None, None) for number in range(12)))
    released = replace(made, sims=(replace(made.sims[0], released=True), *made.sims[1:]))
    told = sentences(released)
    assert "Released: a." in told
    (unknown,) = [one for one in told if "is not known" in one]
    assert unknown.startswith("The use of 12 SIMs is not known: sim-00, sim-01")
    assert unknown.endswith("and 2 more.")
    assert plan_json(released, ())["summary"]["released"] == 1


def test_a_policy_that_selects_nobody_says_so() -> None:
    assert printed(plan()) == [
        "QuotaPolicy plant-a/pumps, 2026-11, Enforce",
        "No SIM to show.",
        "No SIM in namespace plant-a matches spec.selector: it would do nothing.",
    ]


def test_an_audit_policy_says_that_it_only_says() -> None:
    made = plan(member("a", 100), terms=policy(mode=PolicyMode.AUDIT))
    assert printed(made)[0].endswith("Audit: it only says what it would do")
    assert made.touches


@pytest.mark.parametrize(
    ("terms", "changes", "why"),
    [
        (policy(), {"data": 50}, "50 % of data.perSIM of 100 are used."),
        (policy(), {"data": 85}, "80 % of data.perSIM of 100 are passed."),
        (
            policy(disables=False),
            {"data": 100},
            "data.perSIM of 100 is used up; with action None nothing is done.",
        ),
        (
            policy(max_disabled=0),
            {"data": 100},
            "data.perSIM of 100 is used up, and spec.maxDisabled (0) is reached.",
        ),
        (
            policy(resumes=Resume.NEVER),
            {"data": 100},
            "data.perSIM of 100 is used up. It stays off until the limit is raised or the hold is "
            "released.",
        ),
        (
            policy(),
            {"data": 10, "held": True},
            "It was switched off in this period. It comes back on 2026-12-01 (Etc/UTC).",
        ),
        (
            pool_policy(100),
            {"data": 100},
            "data.pool of 100 is used up, and this SIM is among the heaviest. It comes back on "
            "2026-12-01 (Etc/UTC).",
        ),
        (
            policy(),
            {"data": 100, "standing": Standing.OWNER_DISABLED},
            "Its owner has it disabled: no policy touches it.",
        ),
    ],
)
def test_each_decision_has_a_sentence(terms: Terms, changes: dict[str, int], why: str) -> None:
    made = plan(member("a", **changes), terms=terms)
    assert made.sims[0].why == why
    assert made.sims[0].key == key("a")
