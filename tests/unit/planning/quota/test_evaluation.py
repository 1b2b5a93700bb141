"""What a policy decides for its SIMs at one moment."""

from dataclasses import replace

import pytest

from sim_operator.api.choices import PolicyAction, PolicyReason
from sim_operator.planning.quota.evaluation import (
    Decision,
    Evaluation,
    Heavy,
    Member,
    Standing,
    evaluate,
)
from sim_operator.planning.quota.terms import Limit, Terms
from tests.unit.planning.quota.fleet import key, member, policy, pool_policy

NONE, WARN, DISABLE, HOLD = PolicyAction


def decided(terms: Terms, one: Member, *others: Member) -> Decision:
    """The decision about the first one."""
    return evaluate(terms, [one, *others]).decisions[one.key]


def actions(found: Evaluation) -> dict[str, PolicyAction]:
    return {one.name: decision.action for one, decision in found.decisions.items()}


def would(found: Evaluation) -> dict[str, PolicyAction]:
    return {one.name: decision.would for one, decision in found.decisions.items()}


def said(one: Decision) -> tuple[PolicyAction, PolicyReason]:
    return one.action, one.reason


# The limits of a single SIM


@pytest.mark.parametrize(
    ("data", "action", "reason", "step"),
    [
        (0, NONE, PolicyReason.WITHIN_LIMIT, None),
        (79, NONE, PolicyReason.WITHIN_LIMIT, None),
        (80, WARN, PolicyReason.WARNED, 80),
        (99, WARN, PolicyReason.WARNED, 95),
        (100, DISABLE, PolicyReason.EXCEEDED, None),
        (500, DISABLE, PolicyReason.EXCEEDED, None),
    ],
)
def test_a_sim_is_warned_at_each_step_and_disabled_at_its_limit(
    data: int, action: PolicyAction, reason: PolicyReason, step: int | None
) -> None:
    found = decided(policy(), member("a", data))
    expected = Decision(
        action, reason, Limit.DATA_PER_SIM, data, step, would=action, place=action is DISABLE
    )
    assert found == expected


def test_without_the_action_disable_a_limit_that_is_passed_is_only_shown() -> None:
    found = decided(policy(disables=False), member("a", 100))
    assert said(found) == (WARN, PolicyReason.EXCEEDED)
    assert found.step is None


def test_the_limit_that_is_used_up_further_is_the_one_that_is_told() -> None:
    terms = policy(data_per_sim=100, sms_per_sim=10)
    one = decided(terms, member("a", 100, 15))
    assert (one.limit, one.percent) == (Limit.SMS_PER_SIM, 150)
    both = decided(terms, member("a", 100, 10))
    assert both.limit is Limit.DATA_PER_SIM


def test_a_limit_of_nothing_is_passed_by_the_first_message_and_never_by_no_use() -> None:
    terms = policy(data_per_sim=None, sms_per_sim=0)
    assert said(decided(terms, member("a", 0, 0))) == (NONE, PolicyReason.WITHIN_LIMIT)
    found = decided(terms, member("a", 0, 1))
    assert (found.action, found.percent) == (DISABLE, 100)


def test_without_a_limit_of_its_own_a_sim_is_measured_by_the_pool() -> None:
    found = decided(pool_policy(1000, 100), member("a", 100, 85))
    assert (found.action, found.percent, found.step) == (WARN, 85, 80)
    assert found.limit is Limit.SMS_POOL


# Pools


def test_a_pool_that_is_used_up_disables_the_heaviest_until_the_rest_fits() -> None:
    found = evaluate(
        pool_policy(100), [member("a", 20), member("b", 70), member("c", 60), member("d", 0)]
    )
    assert actions(found) == {"a": NONE, "b": DISABLE, "c": NONE, "d": NONE}
    assert found.decisions[key("b")].reason is PolicyReason.POOL_EXCEEDED
    assert found.decisions[key("b")].limit is Limit.DATA_POOL
    assert (found.pool_data, found.pool_step, found.exceeded) == (150, 95, 1)


def test_who_goes_for_its_own_limit_goes_for_the_pool_too() -> None:
    terms = policy(data_per_sim=100, data_pool=120)
    found = evaluate(terms, [member("a", 100), member("b", 60), member("c", 50)])
    assert actions(found) == {"a": DISABLE, "b": NONE, "c": NONE}
    assert found.decisions[key("a")].reason is PolicyReason.EXCEEDED


def test_a_light_sim_that_goes_for_its_own_limit_leaves_room_in_the_pool() -> None:
    terms = policy(data_per_sim=None, data_pool=120, sms_per_sim=5)
    members = [member("own", 10, 5), member("b", 60), member("c", 55)]
    found = evaluate(terms, members)
    assert actions(found) == {"own": DISABLE, "b": NONE, "c": NONE}
    assert found.decisions[key("own")].limit is Limit.SMS_PER_SIM
    seen = evaluate(terms, [replace(one, standing=Standing.OBSERVING) for one in members])
    assert would(seen) == actions(found)


def test_what_was_told_to_be_off_leaves_room_in_the_pool_for_others_that_are_shown() -> None:
    told = member("told", 10, standing=Standing.OBSERVING, last=DISABLE)
    others = [member(name, 50, standing=Standing.OBSERVING) for name in "ab"]
    assert would(evaluate(pool_policy(105), [told, *others])) == {
        "told": DISABLE,
        "a": NONE,
        "b": NONE,
    }


@pytest.mark.parametrize("standing", [one for one in Standing if one is not Standing.ENFORCED])
def test_every_sim_counts_in_the_pool_whatever_its_standing(standing: Standing) -> None:
    found = evaluate(pool_policy(100), [member("x", 90, standing=standing), member("a", 20)])
    assert found.pool_data == 110
    others_fit = standing is Standing.OWNER_DISABLED
    assert actions(found)["a"] is (NONE if others_fit else DISABLE)
    assert actions(found)["x"] is (WARN if standing is Standing.RELEASED else NONE)


def test_a_sim_that_was_released_is_warned_about_and_takes_no_place() -> None:
    let_go = member("x", 900, standing=Standing.RELEASED)
    found = evaluate(policy(data_per_sim=100, max_disabled=1), [let_go, member("a", 150)])
    assert actions(found) == {"x": WARN, "a": DISABLE}
    assert found.decisions[key("x")].reason is PolicyReason.EXCEEDED
    assert (found.exceeded, found.disabled, found.held) == (2, 0, 0)
    calm = evaluate(policy(data_per_sim=100), [replace(let_go, usage=None)])
    assert actions(calm) == {"x": NONE}
    assert calm.decisions[key("x")].reason is PolicyReason.USAGE_UNKNOWN


def test_a_hold_that_ended_takes_its_place_until_the_sim_is_on() -> None:
    terms = policy(data_per_sim=100, max_disabled=1)
    ended = member("x", 10, ends=True)
    assert actions(evaluate(terms, [ended, member("a", 150)])) == {"x": NONE, "a": HOLD}
    on = evaluate(terms, [replace(ended, ends=False), member("a", 150)])
    assert actions(on) == {"x": NONE, "a": DISABLE}


def test_a_sim_whose_hold_ended_and_that_is_over_a_limit_again_keeps_its_own_place() -> None:
    terms = policy(data_per_sim=100, max_disabled=1)
    found = evaluate(terms, [member("x", 110, ends=True), member("a", 900)])
    assert actions(found) == {"x": DISABLE, "a": HOLD}
    assert found.decisions[key("x")].place


def test_a_sim_whose_account_is_not_read_keeps_its_place_and_gets_none() -> None:
    terms = policy(data_per_sim=100, max_disabled=1)
    unseen = member("x", 150, standing=Standing.UNSEEN, held=True)
    found = evaluate(terms, [unseen, member("a", 900)])
    assert actions(found) == {"x": DISABLE, "a": HOLD}
    assert (found.disabled, found.exceeded) == (1, 2)
    on = evaluate(terms, [replace(unseen, held=False), member("a", 900)])
    assert actions(on) == {"x": NONE, "a": DISABLE}


@pytest.mark.parametrize(("last", "action"), [(None, NONE), (WARN, WARN), (DISABLE, HOLD)])
def test_what_was_said_of_a_sim_whose_account_is_not_read_stands(
    last: PolicyAction | None, action: PolicyAction
) -> None:
    unseen = member("x", usage=None, standing=Standing.UNSEEN, last=last)
    found = evaluate(policy(data_per_sim=100), [unseen])
    assert actions(found) == {"x": action}
    assert not found.decisions[key("x")].place
    assert found.unknown == 0


def test_a_pool_without_the_action_disable_warns_whom_it_would_take_out() -> None:
    found = evaluate(pool_policy(100, disables=False), [member("a", 70), member("b", 60)])
    assert actions(found) == {"a": WARN, "b": NONE}
    assert found.decisions[key("a")].reason is PolicyReason.POOL_EXCEEDED
    assert (found.warned, found.exceeded, found.held) == (0, 1, 0)


def test_a_pool_tells_its_step_and_what_is_known_of_it() -> None:
    found = evaluate(pool_policy(100, 10), [member("a", 50, None), member("b", 31, None)])
    assert (found.pool_data, found.pool_sms, found.pool_step) == (81, None, 80)
    assert evaluate(policy(), [member("a", 50)]).pool_data is None


# Places


def test_the_places_go_to_the_largest_excess() -> None:
    members = [member("a", 100), member("b", 300), member("c", 200)]
    found = evaluate(policy(max_disabled=2), members)
    assert actions(found) == {"a": HOLD, "b": DISABLE, "c": DISABLE}
    held = found.decisions[key("a")]
    assert (held.reason, held.limit, held.place) == (PolicyReason.HELD, Limit.DATA_PER_SIM, False)
    assert (found.exceeded, found.held, found.disabled) == (3, 1, 0)


def test_of_equal_ones_the_first_by_name_gets_the_place() -> None:
    found = evaluate(policy(max_disabled=1), [member("b", 100), member("a", 100)])
    assert actions(found) == {"a": DISABLE, "b": HOLD}


def test_a_limit_of_its_own_comes_before_the_pool() -> None:
    terms = policy(data_per_sim=None, data_pool=1, sms_per_sim=10, max_disabled=1)
    found = evaluate(terms, [member("pool", 500, 0), member("own", 0, 10)])
    assert actions(found) == {"own": DISABLE, "pool": HOLD}
    assert found.decisions[key("pool")].limit is Limit.DATA_POOL


def test_a_percentage_is_of_all_matched_sims() -> None:
    idle = [member(f"idle-{number}", 0, standing=Standing.LEAVING) for number in range(8)]
    found = evaluate(policy(max_disabled="20%"), [*idle, member("a", 300), member("b", 200)])
    assert (actions(found)["a"], actions(found)["b"], found.matched) == (DISABLE, DISABLE, 10)


def test_without_a_place_everyone_is_held() -> None:
    assert said(decided(policy(max_disabled=0), member("a", 100))) == (HOLD, PolicyReason.HELD)


def test_who_is_off_keeps_its_place_before_a_larger_excess() -> None:
    found = evaluate(policy(max_disabled=1), [member("a", 100, held=True), member("b", 900)])
    assert actions(found) == {"a": DISABLE, "b": HOLD}
    assert (found.disabled, found.held) == (1, 1)


def test_a_smaller_number_never_switches_one_on() -> None:
    members = [member(name, 100, held=True) for name in "abc"]
    found = evaluate(policy(max_disabled=1), members)
    assert set(actions(found).values()) == {DISABLE}
    assert found.disabled == 3


def test_who_waits_for_the_account_keeps_its_place() -> None:
    members = [member("a", 100, waits=True), member("b", 900)]
    found = evaluate(policy(max_disabled=1), members)
    assert [found.decisions[key(name)].place for name in "ab"] == [True, False]
    assert actions(found) == {"a": HOLD, "b": HOLD}
    assert found.held == 2


def test_no_place_is_given_away_while_a_hold_is_on_its_way() -> None:
    members = [member("a", 100, last=DISABLE), member("b", 900)]
    assert actions(evaluate(policy(max_disabled=1), members)) == {"a": DISABLE, "b": HOLD}


def test_a_hold_that_waits_for_the_account_is_held_and_not_counted_as_disabled() -> None:
    found = evaluate(policy(), [member("a", 100, held=True, waits=True)])
    assert said(found.decisions[key("a")]) == (HOLD, PolicyReason.HELD)
    assert (found.disabled, found.held) == (0, 1)


# Holds that stand


def test_a_hold_tells_what_still_keeps_it() -> None:
    own = decided(policy(), member("a", 100, held=True))
    assert said(own) == (DISABLE, PolicyReason.EXCEEDED)
    pool = decided(pool_policy(100), member("a", 60, held=True), member("b", 50))
    assert (said(pool), pool.limit) == ((DISABLE, PolicyReason.POOL_EXCEEDED), Limit.DATA_POOL)
    shrunk = decided(pool_policy(100), member("a", 60, held=True))
    assert (said(shrunk), shrunk.limit) == ((DISABLE, PolicyReason.WAITING_FOR_PERIOD), None)


def test_a_hold_stands_where_the_policy_no_longer_disables() -> None:
    assert decided(policy(disables=False), member("a", 100, held=True)).action is DISABLE


# Usage that is not known


def test_nobody_is_disabled_on_a_guess() -> None:
    unknown = member("a", usage=None)
    assert said(decided(policy(), unknown)) == (NONE, PolicyReason.USAGE_UNKNOWN)
    only_sms = member("a", None, 900)
    found = evaluate(policy(), [only_sms])
    assert said(found.decisions[key("a")]) == (NONE, PolicyReason.USAGE_UNKNOWN)
    assert found.unknown == 1


def test_the_last_decision_stands_while_usage_is_not_known() -> None:
    for last, action in ((WARN, WARN), (HOLD, HOLD), (NONE, NONE), (DISABLE, HOLD)):
        found = decided(policy(), member("a", usage=None, last=last))
        assert said(found) == (action, PolicyReason.USAGE_UNKNOWN)
    held = decided(policy(), member("a", usage=None, held=True))
    assert said(held) == (DISABLE, PolicyReason.USAGE_UNKNOWN)


def test_a_figure_that_is_not_known_leaves_the_other_one_to_decide() -> None:
    terms = policy(data_per_sim=100, sms_per_sim=10)
    assert said(decided(terms, member("a", None, 10))) == (DISABLE, PolicyReason.EXCEEDED)
    terms = policy(data_per_sim=100, sms_pool=10)
    found = decided(terms, member("a", None, 3))
    assert (said(found), found.percent) == ((NONE, PolicyReason.WITHIN_LIMIT), None)


# SIMs that the policy cannot act on


def test_a_sim_whose_owner_wants_it_off_is_left_alone() -> None:
    found = evaluate(policy(), [member("a", 500, standing=Standing.OWNER_DISABLED)])
    one = found.decisions[key("a")]
    assert (said(one), one.would) == ((NONE, PolicyReason.OWNER_DISABLED), NONE)
    assert (found.exceeded, found.disabled, found.held) == (1, 0, 0)


@pytest.mark.parametrize("standing", [Standing.OBSERVING, Standing.SUSPENDED])
def test_what_would_be_done_is_told_of_a_sim_that_is_not_touched(standing: Standing) -> None:
    found = evaluate(policy(), [member("a", 500, standing=standing)])
    one = found.decisions[key("a")]
    assert (said(one), one.would) == ((NONE, PolicyReason.OBSERVING), DISABLE)
    assert (one.limit, one.place) == (Limit.DATA_PER_SIM, False)
    assert (found.exceeded, found.disabled, found.held) == (1, 0, 0)
    warned = decided(policy(), member("a", 85, standing=standing))
    assert (warned.action, warned.would, warned.step) == (NONE, WARN, 80)


def test_a_sim_that_is_not_touched_takes_no_place_from_others() -> None:
    seen = member("seen", 900, standing=Standing.OBSERVING)
    found = evaluate(policy(max_disabled=1), [seen, member("a", 100)])
    assert would(found) == {"seen": HOLD, "a": DISABLE}
    found = evaluate(policy(max_disabled=2), [seen, member("a", 100)])
    assert would(found) == {"seen": DISABLE, "a": DISABLE}


def test_where_nothing_is_touched_all_are_told_as_they_would_be_decided() -> None:
    terms = policy(data_per_sim=200, data_pool=250, max_disabled=2)
    figures = {"a": 60, "b": 110, "c": 200, "d": 300, "e": 100}
    real = evaluate(terms, [member(name, data) for name, data in figures.items()])
    seen = evaluate(
        terms,
        [member(name, data, standing=Standing.OBSERVING) for name, data in figures.items()],
    )
    assert actions(real) == {"a": NONE, "b": HOLD, "c": DISABLE, "d": DISABLE, "e": NONE}
    assert would(seen) == actions(real)


def test_what_was_told_of_a_sim_that_is_not_touched_stands() -> None:
    told = member("told", 100, standing=Standing.OBSERVING, last=DISABLE)
    heavier = member("x", 900, standing=Standing.OBSERVING)
    found = evaluate(policy(max_disabled=1), [told, heavier])
    assert would(found) == {"told": DISABLE, "x": HOLD}


def test_a_sim_that_another_policy_decides_about_takes_no_place() -> None:
    found = evaluate(
        policy(max_disabled=1),
        [
            member("x", 900, standing=Standing.OUTRANKED),
            member("y", 85, standing=Standing.OUTRANKED),
            member("z", usage=None, standing=Standing.OUTRANKED),
            member("a", 100),
        ],
    )
    assert actions(found) == {"x": NONE, "y": NONE, "z": NONE, "a": DISABLE}
    assert [found.decisions[key(name)].reason for name in "xyz"] == [
        PolicyReason.EXCEEDED,
        PolicyReason.WARNED,
        PolicyReason.USAGE_UNKNOWN,
    ]
    assert (found.exceeded, found.warned, found.unknown) == (2, 1, 1)


def test_a_hold_takes_its_place_though_the_policy_may_not_act_on_the_sim() -> None:
    seen = member("seen", 100, standing=Standing.OBSERVING, held=True)
    found = evaluate(policy(max_disabled=1), [seen, member("a", 900)])
    assert (actions(found), found.disabled) == ({"seen": NONE, "a": HOLD}, 1)
    assert found.decisions[key("seen")].would is DISABLE


def test_a_sim_that_is_being_deleted_only_counts_as_matched() -> None:
    leaving = [
        member("x", 900, standing=Standing.LEAVING),
        member("y", 85, standing=Standing.LEAVING, held=True),
        member("z", usage=None, standing=Standing.LEAVING),
    ]
    found = evaluate(policy(max_disabled=1), [*leaving, member("a", 100)])
    assert (found.matched, found.exceeded, found.warned) == (4, 1, 0)
    assert (found.disabled, found.unknown, len(found.top)) == (0, 0, 1)
    assert actions(found)["a"] is DISABLE


# Counts


def test_counts_and_the_heaviest() -> None:
    found = evaluate(
        policy(max_disabled=2),
        [
            member("warned", 85),
            member("fine", 10, 3),
            member("idle", 0),
            member("off", 120, held=True),
            member("waiting", 100, held=True, waits=True),
            member("held", 110),
            member("back", 90, held=True),
            member("unknown", usage=None),
        ],
    )
    counted = (found.matched, found.warned, found.exceeded, found.disabled, found.held)
    assert counted == (8, 1, 3, 2, 2)
    assert found.unknown == 1
    assert [one.key.name for one in found.top] == [
        "off",
        "held",
        "waiting",
        "back",
        "warned",
        "fine",
    ]
    assert found.top[-1] == Heavy(key("fine"), 10, 3, 10)


def test_ten_are_shown_and_of_equal_ones_the_first_by_name() -> None:
    members = [member(f"sim-{number:02}", 50) for number in reversed(range(30))]
    found = evaluate(policy(), members)
    assert [one.key.name for one in found.top] == [f"sim-{number:02}" for number in range(10)]


def test_the_heaviest_are_told_apart_though_each_is_a_small_part_of_a_pool() -> None:
    members = [member(f"sim-{number:02}", number) for number in range(30)]
    found = evaluate(pool_policy(10_000_000), members)
    assert [one.key.name for one in found.top][:2] == ["sim-29", "sim-28"]
    assert {one.percent for one in found.top} == {0}


def test_a_policy_that_matches_nothing_decides_nothing() -> None:
    found = evaluate(pool_policy(100, 10), [])
    assert (found.decisions, found.matched, found.top) == ({}, 0, ())
    assert (found.pool_data, found.pool_sms, found.pool_step) == (0, 0, None)


def test_a_new_policy_gives_scarce_places_only_when_everybody_was_read() -> None:
    members = [member("light", 110), member("heavy", None, None)]
    waiting = evaluate(policy(max_disabled=1), members, patient=True)
    assert waiting.decisions[key("light")].action is PolicyAction.HOLD
    read = [member("light", 110), member("heavy", 900)]
    decided = evaluate(policy(max_disabled=1), read, patient=True).decisions
    assert decided[key("heavy")].action is PolicyAction.DISABLE
    assert decided[key("light")].action is PolicyAction.HOLD


def test_a_new_policy_waits_for_nobody_where_there_are_places_for_all() -> None:
    members = [member("light", 110), member("heavy", None, None)]
    found = evaluate(policy(max_disabled=2), members, patient=True)
    assert found.decisions[key("light")].action is PolicyAction.DISABLE


def test_a_policy_that_is_not_new_waits_for_nobody() -> None:
    members = [member("light", 110), member("heavy", None, None)]
    found = evaluate(policy(max_disabled=1), members)
    assert found.decisions[key("light")].action is PolicyAction.DISABLE


def test_whoever_has_a_place_keeps_it_while_others_are_read() -> None:
    told = member("light", 110, last=PolicyAction.DISABLE)
    found = evaluate(policy(max_disabled=1), [told, member("heavy", None, None)], patient=True)
    assert found.decisions[key("light")].action is PolicyAction.DISABLE


def test_a_new_pool_takes_nobody_out_before_everybody_was_read() -> None:
    members = [member("light", 60), member("lighter", 50), member("heavy", None, None)]
    found = evaluate(pool_policy(100), members, patient=True)
    assert found.decisions[key("light")].action is PolicyAction.HOLD


# Who is off by the policy and is not selected (any more)


@pytest.mark.parametrize("left", [{"held": True}, {"ends": True}])
def test_who_is_off_and_no_longer_selected_takes_a_place(left: dict[str, bool]) -> None:
    gone = member("gone", 500, standing=Standing.OUTRANKED, **left)
    found = evaluate(policy(max_disabled=1), [member("a", 100)], elsewhere=[gone])
    assert actions(found) == {"a": HOLD}
    assert (found.matched, found.exceeded, found.held) == (1, 1, 1)
    assert found.disabled == bool(left.get("held"))
    two = evaluate(policy(max_disabled=2), [member("a", 100)], elsewhere=[gone])
    assert actions(two) == {"a": DISABLE}


def test_who_is_not_selected_and_not_off_takes_no_place_and_adds_to_no_pool() -> None:
    gone = member("gone", 500, standing=Standing.LEAVING, ends=True)
    found = evaluate(policy(max_disabled=1), [member("a", 100)], elsewhere=[gone])
    assert actions(found) == {"a": DISABLE}
    held = member("gone", 500, standing=Standing.OUTRANKED, held=True)
    pool = evaluate(pool_policy(100), [member("a", 50)], elsewhere=[held])
    assert pool.pool_data == 50
