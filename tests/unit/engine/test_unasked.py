"""Use of SIMs that no policy counts, in their status: shown, rare to move, and passed over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sim_operator.api.names import SIM_KIND
from sim_operator.domain.usage import Service
from sim_operator.engine.history import NoRecording
from tests.policy_lab.lab import MEBIBYTE, Lab, laboratory
from tests.policy_lab.reading_along import ReadingAlong

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)
LIMIT = {"mode": "Audit", "data": {"perSIM": "40Mi"}}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with laboratory(NOW, recording=ReadingAlong()) as made:
        made.sim("a")
        made.look()
        yield made


def usage(lab: Lab) -> dict[str, Any] | None:
    told: dict[str, Any] | None = lab.sims()["a"]["status"].get("usage")
    return told


def version(lab: Lab) -> str:
    found: str = lab.api.objects[SIM_KIND, lab.key("a")]["metadata"]["resourceVersion"]
    return found


def later(lab: Lab, moment: datetime) -> None:
    """Time passed, and sweeps went on."""
    lab.go_to(moment)
    lab.process.sweep()
    lab.settle()


def used(lab: Lab, volume: int, messages: int = 0) -> None:
    lab.use("a", volume * MEBIBYTE)
    lab.use("a", messages, Service.SMS)
    later(lab, lab.clock.now() + timedelta(hours=6))
    lab.chronicle()


def read_for_the_policy(lab: Lab, *, hours: int = 1) -> None:
    lab.go_to(lab.clock.now() + timedelta(hours=hours))
    lab.look()


def test_the_month_is_shown_once_it_is_read_and_moves_with_a_mebibyte_or_a_message(
    lab: Lab,
) -> None:
    assert usage(lab) is None
    used(lab, 20, 3)
    assert usage(lab) == {
        "period": "2026-11",
        "since": "2026-11-01T00:00:00Z",
        "data": "20Mi",
        "sms": 3,
        "asOf": (lab.clock.now() - timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    before = version(lab)
    lab.use("a", MEBIBYTE - 1)
    used(lab, 0)
    lab.process.sweep()
    lab.settle()
    assert version(lab) == before
    lab.use("a", 1)
    used(lab, 0)
    assert (usage(lab) or {})["data"] == "21Mi"
    used(lab, 0, 1)
    assert (usage(lab) or {})["sms"] == 4


def test_a_restart_rewrites_nothing_and_a_lower_answer_lowers_nothing(lab: Lab) -> None:
    used(lab, 20, 3)
    before = version(lab)
    lab.restart()
    lab.process.sweep()
    lab.settle()
    assert version(lab) == before, "it was not read yet in this process"
    lab.card("a").uses.clear()
    lab.chronicle()
    assert version(lab) == before
    used(lab, 21)
    assert (usage(lab) or {})["data"] == "21Mi"


@pytest.mark.parametrize("restarts", [True, False])
def test_the_next_month_is_shown_with_its_first_reading(lab: Lab, *, restarts: bool) -> None:
    used(lab, 20)
    before = version(lab)
    later(lab, datetime(2026, 12, 1, 0, 30, tzinfo=UTC))
    if restarts:
        lab.restart()
    later(lab, lab.clock.now())
    assert version(lab) == before, "a month that is over is no reason to write"
    lab.card("a").label = "another"
    later(lab, lab.clock.now())
    assert usage(lab) is None, "it goes along with what changed"
    lab.chronicle()
    told = usage(lab) or {}
    assert (told["period"], told["data"]) == ("2026-12", "0Mi")


def test_a_policy_of_the_same_month_goes_on_from_what_was_shown(lab: Lab) -> None:
    used(lab, 20, 3)
    shown = usage(lab) or {}
    lab.policy("pumps", LIMIT)
    lab.process.sweep()
    lab.settle()
    assert lab.sims()["a"]["status"]["policy"]["reason"] == "UsageUnknown"
    assert usage(lab) == shown, "until the policy has a figure of its own"
    read_for_the_policy(lab)
    used(lab, 5)
    read_for_the_policy(lab)
    told = usage(lab) or {}
    assert (told["data"], told["since"]) == ("25Mi", shown["since"])
    assert told["base"]["shown"] == "Monthly 2026-11 Etc/UTC"


@pytest.mark.parametrize("period", ["Monthly", "Daily", "Lifetime"])
def test_what_a_policy_counted_is_carried_on_while_the_month_is_shown(
    lab: Lab, period: str
) -> None:
    lab.policy("pumps", LIMIT | {"period": period})
    lab.look()
    lab.use("a", 7 * MEBIBYTE)
    read_for_the_policy(lab)
    counted = usage(lab) or {}
    assert counted["data"] == "7Mi"
    lab.delete_policy("pumps")
    lab.settle()
    assert usage(lab) == counted, "nothing newer is known"
    lab.use("a", 2 * MEBIBYTE)
    used(lab, 0)
    told = usage(lab) or {}
    assert (told["period"], told["data"]) == ("2026-11", "9Mi")
    assert told["base"] == counted["base"]
    lab.restart()
    lab.look()
    assert usage(lab) == told
    lab.policy("pumps", LIMIT | {"period": period})
    lab.look()
    read_for_the_policy(lab)
    again = usage(lab) or {}
    assert (again["period"], again["data"]) == (counted["period"], "9Mi")
    assert again["since"] == counted["since"]


def test_what_a_lifetime_counted_outlives_the_month_that_is_shown(lab: Lab) -> None:
    lab.policy("pumps", LIMIT | {"period": "Lifetime"})
    lab.use("a", 7 * MEBIBYTE)
    read_for_the_policy(lab)
    lab.delete_policy("pumps")
    used(lab, 2)
    base = (usage(lab) or {})["base"]
    lab.go_to(datetime(2026, 12, 1, 0, 30, tzinfo=UTC))
    lab.restart()
    lab.look()
    assert (usage(lab) or {})["base"] == base
    lab.chronicle()
    told = usage(lab) or {}
    assert (told["period"], told["data"], told["base"]) == ("2026-12", "0Mi", base)


def test_a_day_that_is_over_is_not_carried_on(lab: Lab) -> None:
    lab.policy("pumps", LIMIT | {"period": "Daily"})
    lab.use("a", 7 * MEBIBYTE)
    read_for_the_policy(lab)
    lab.delete_policy("pumps")
    lab.settle()
    lab.go_to(NOW + timedelta(days=1))
    used(lab, 2)
    told = usage(lab) or {}
    assert (told["period"], told["data"]) == ("2026-11", "9Mi")
    assert "base" not in told


def test_without_a_history_what_it_had_read_goes_with_the_next_change(lab: Lab) -> None:
    used(lab, 20)
    before, shown = version(lab), usage(lab)
    lab.recording = NoRecording()
    lab.restart()
    lab.look()
    assert (version(lab), usage(lab)) == (before, shown), "it is no reason to write"
    lab.card("a").label = "another"
    lab.process.sweep()
    lab.settle()
    assert lab.sims()["a"]["status"]["label"] == "another"
    assert usage(lab) is None


def test_without_a_history_what_a_policy_counted_stays_in_its_period(lab: Lab) -> None:
    lab.recording = NoRecording()
    lab.restart()
    lab.policy("pumps", LIMIT)
    lab.use("a", 7 * MEBIBYTE)
    read_for_the_policy(lab)
    counted = usage(lab)
    lab.delete_policy("pumps")
    lab.card("a").label = "another"
    read_for_the_policy(lab)
    assert lab.sims()["a"]["status"]["label"] == "another"
    assert usage(lab) == counted
    assert counted is not None
