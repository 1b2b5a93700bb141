"""The page of policies: who is off, who would be, who waits."""

from datetime import UTC, datetime
from typing import Any

from sim_operator.console.pages import quotas
from tests.unit.console.pages.rows import account, policy, sim

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def decided(name: str, number: int, **policy_status: Any) -> Any:
    told = {"name": "pumps", "mode": "Enforce", **policy_status}
    return sim(name, number=number, policy=told)


def test_who_is_off_and_who_waits_is_named() -> None:
    rows = [
        decided("b", 1, action="Disable"),
        decided("a", 2, action="Disable"),
        decided("c", 3, action="Hold"),
        decided("d", 4, action="None"),
    ]
    (shown,) = quotas.context([policy()], rows, NOW)["policies"]
    assert (shown.off_title, shown.off_name) == ("Who is off", "Off")
    assert [row.name for row in shown.off] == ["a", "b"]
    assert [row.name for row in shown.waiting] == ["c"]
    assert shown.more == 0


def test_an_audit_tells_who_would_be_off() -> None:
    row = sim(policy={"name": "pumps", "mode": "Audit", "action": "None", "wouldDo": "Disable"})
    (shown,) = quotas.context([policy(spec={"mode": "Audit"})], [row], NOW)["policies"]
    assert shown.off_title == "Who would be off"
    assert shown.off == (row,)


def test_a_policy_of_the_same_name_elsewhere_is_another_one() -> None:
    row = sim(namespace="plant-b", policy={"name": "pumps", "action": "Disable"})
    (shown,) = quotas.context([policy()], [row], NOW)["policies"]
    assert shown.off == ()


def test_a_long_list_is_cut_and_says_by_how_many() -> None:
    rows = [decided(f"s{n:02d}", n, action="Disable") for n in range(12)]
    rows += [decided(f"w{n}", 50 + n, action="Hold") for n in range(3)]
    (shown,) = quotas.context([policy()], rows, NOW)["policies"]
    assert (len(shown.off), len(shown.waiting), shown.more) == (8, 0, 7)


def test_pools_tell_their_share_and_limits_their_units() -> None:
    spec = {"data": {"perSIM": "40Mi", "pool": "1Gi"}, "sms": {"pool": 100}, "action": "None"}
    row = policy(spec=spec, pool={"data": {"used": "512Mi", "limit": "1Gi"}})
    (shown,) = quotas.context([row], [], NOW)["policies"]
    data, sms = shown.pools
    assert (data.used, data.limit, data.share) == ("512 MiB", "1 GiB", 50)
    assert (sms.used, sms.share) == ("not known", None)
    assert dict(shown.limits)["SMS, all together"] == "100"
    assert shown.action == "it is only shown"


def test_what_sweeps_take_of_the_rate_is_told_in_words() -> None:
    from sim_operator.console.pages.accounts import sweep_share

    sweep = {"finishedAt": "2026-11-23T09:58:00Z", "requests": 101}
    every = {"sweep": "5m"}
    assert sweep_share(account(lastSweep=sweep, effectiveIntervals=every)) == "4 % of them"
    assert sweep_share(account(effectiveIntervals=every)) == "not known yet"
    assert sweep_share(account(lastSweep=sweep, effectiveIntervals={"sweep": "soon"})) == (
        "not known yet"
    )
