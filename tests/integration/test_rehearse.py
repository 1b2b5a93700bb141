"""`sim-operator rehearse` replays a policy on what 1NCE kept, and writes nothing."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from sim_operator.history import Reading, open_history
from tests.cluster import Cluster
from tests.integration.policy_worlds import Fleet, Fleets, policy_world
from tests.integration.trials import policy_text, tried, versions
from tests.integration.world import Json


@pytest.fixture(scope="module")
def fleets(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleets]:
    """A month in which two devices used too much; the operator rests."""
    folder = tmp_path_factory.mktemp("rehearse")
    with policy_world(
        cluster, cluster.kubeconfig, folder, start_time="2026-11-02T12:00:00Z"
    ) as made:
        yield made


@pytest.fixture(scope="module")
def lived(fleets: Fleets) -> Fleet:
    """Until 2 December: the first SIM is over on the 3rd, the second on the 4th of November."""
    fleet, world = fleets.new(), fleets.world
    first, second = fleet.sims(2)
    world.operator.stop()
    for day, used in (
        ("2026-11-03", {first: 45.0, second: 30.0}),
        ("2026-11-04", {first: 10.0, second: 15.0}),
        ("2026-11-06", {first: 7.0}),
        ("2026-12-01", {first: 1.0}),
    ):
        world.simulator.move_to(f"{day}T10:00:00Z")
        for device, megabytes in used.items():
            fleet.use(device, megabytes)
    world.simulator.move_to("2026-12-02T12:00:00Z")
    return fleet


def rehearsed(fleet: Fleet, *arguments: str, database: str = "", **spec: Any) -> Json:
    made = tried(
        fleet.world,
        *("rehearse", "-f", "-", "-o", "json", "--months", "1"),
        *arguments,
        stdin=policy_text(fleet, **spec),
        SIM_OPERATOR_DATABASE_URL=database,
    )
    return made.json


def test_a_rehearsal_tells_day_by_day_what_would_have_happened(lived: Fleet) -> None:
    world = lived.world
    before, last = versions(world), world.simulator.last_entry()
    found = rehearsed(lived, mode="Audit", maxDisabled=1)
    first, second = f"{lived.name}-0", f"{lived.name}-1"
    events = found["events"]
    assert [(one["day"], one["sim"], one["event"], one["guard"]) for one in events] == [
        ("2026-11-03", first, "Disable", None),
        ("2026-11-04", second, "Hold", "maxDisabled"),
        ("2026-12-01", first, "Release", None),
    ]
    assert (found["from"], found["to"]) == ("2026-11-01", "2026-12-01")
    assert found["replayedAs"] == "Enforce"
    periods = found["periods"]
    november, december = periods
    assert (november["period"], november["whole"], november["disabled"]) == ("2026-11", True, 1)
    assert (november["held"], november["mostOff"]) == (1, 1)
    assert november["saved"]["data"] == 17 * 2**20
    # Off from the 4th to the 30th, and used something on two of these days.
    assert november["sims"] == [{"name": first, "daysOff": 27, "idleDaysOff": 25}]
    assert (december["period"], december["whole"], december["disabled"]) == ("2026-12", False, 0)
    assert december["used"]["data"] == 2**20

    assert versions(world) == before
    calls = world.simulator.journal(since=last)
    assert {one["method"] for one in calls if "oauth" not in one["path"]} == {"GET"}


def test_a_day_that_straddles_a_turn_counts_where_it_begins(lived: Fleet) -> None:
    found = rehearsed(lived, timeZone="America/New_York", maxDisabled="100%")
    periods = found["periods"]
    # The 1st of November, and that of December, begin on the last evening of the month before.
    assert [(one["period"], one["from"], one["to"]) for one in periods] == [
        ("2026-10", "2026-11-01", "2026-11-01"),
        ("2026-11", "2026-11-02", "2026-12-01"),
    ]


def test_a_table_shows_days_and_periods(lived: Fleet) -> None:
    made = tried(
        lived.world,
        *("rehearse", "-f", "-", "--months", "1"),
        stdin=policy_text(lived, data={"perSIM": "50Mi", "pool": "60Mi"}, maxDisabled="50%"),
    )
    assert made.code == 0, made.err
    lines = [line.split() for line in made.out.splitlines()]
    assert lines[1] == ["DAY", "SIM", "EVENT", "USED", "LIMIT", "WHY"]
    rows = [line for line in lines if line[:3] == ["2026-11-03", f"{lived.name}-0", "Disable"]]
    assert [row[4:6] for row in rows] == [["60Mi", "data.pool"]]
    period = next(line for line in lines if line[:1] == ["2026-11"])
    assert period[2] == "1", "disabled"
    assert "Replayed as in Enforce" in made.out


def test_months_are_bounded_by_what_1nce_keeps(lived: Fleet) -> None:
    made = tried(lived.world, "rehearse", "-f", "-", "--months", "7", stdin=policy_text(lived))
    assert made.code == 2
    assert "months" in made.err


@pytest.fixture
def recorded(lived: Fleet, tmp_path: Path) -> str:
    """The URL of a history of what 1NCE tells, less the 15th of November, and of an older day."""
    url = f"sqlite:///{tmp_path / 'history.db'}"
    asyncio.run(keep(url, lived))
    return url


async def keep(url: str, fleet: Fleet) -> None:
    first_half = {3: 45, 4: 10, 6: 7}, {3: 30, 4: 15}
    async with open_history(url) as history:
        for number, megabytes in enumerate(first_half):
            resource = fleet.world.get("sim", f"{fleet.name}-{number}")
            assert resource is not None
            card = str(resource["spec"]["iccid"])
            november = {date(2026, 11, day): used for day, used in megabytes.items()}
            december = {date(2026, 12, 1): 1} if number == 0 else {}
            for first, last, use in (
                (date(2025, 1, 7), date(2025, 1, 7), {date(2025, 1, 7): 60}),
                (date(2026, 11, 1), date(2026, 11, 14), november),
                (date(2026, 11, 16), date(2026, 12, 1), december),
            ):
                told = Reading(
                    iccid=card[:19],
                    namespace=fleet.world.namespace,
                    name=f"{fleet.name}-{number}",
                    labels={},
                    policy=None,
                    read_at=datetime(2026, 12, 2, 1, tzinfo=UTC),
                    first=first,
                    last=last,
                    days={day: (used * 2**20, 0) for day, used in use.items()},
                )
                await history.record("any/account", [told])


def test_the_history_tells_the_same_without_a_call_for_each_sim(
    lived: Fleet, recorded: str
) -> None:
    from_1nce = rehearsed(lived, maxDisabled=1)
    last = lived.world.simulator.last_entry()
    found = rehearsed(lived, "--from-history", database=recorded, maxDisabled=1)
    # To the byte 1NCE tells a little more than the devices were made to use here.
    told = [("day", "sim", "event", "guard", "why"), ("period", "from", "to", "disabled", "held")]
    for part, names in zip(("events", "periods"), told, strict=True):
        assert [[one[name] for name in names] for one in found[part]] == [
            [one[name] for name in names] for one in from_1nce[part]
        ]
    [off] = found["periods"][0]["sims"]
    assert off["daysOff"] == 27
    assert off["idleDaysOff"] == 24, "a day that is not known was not idle"
    assert found["notes"] == [
        *from_1nce["notes"],
        "2 of 62 days of SIMs are not in the history and count as days without use.",
    ]
    asked = [one["path"] for one in lived.world.simulator.journal(since=last)]
    assert not [path for path in asked if "usage" in path]


def test_the_history_reaches_further_back_than_1nce(lived: Fleet, recorded: str) -> None:
    found = rehearsed(lived, "--from-history", "--months", "24", database=recorded)
    assert found["from"] == "2024-12-01"
    january = next(one for one in found["periods"] if one["period"] == "2025-01")
    assert january["used"]["data"] == 120 * 2**20
    assert [one["day"] for one in found["events"]][:2] == ["2025-01-07"] * 2


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("", 2, "reads the database that SIM_OPERATOR_DATABASE_URL names"),
        ("mysql://u:hunter2@h/d", 2, "SIM_OPERATOR_DATABASE_URL: it is no database URL"),
        ("sqlite:////nowhere/history.db", 1, "There is no file /nowhere/history.db"),
    ],
)
def test_a_history_that_cannot_be_read_is_told(
    lived: Fleet, url: str, code: int, says: str
) -> None:
    made = tried(
        lived.world,
        *("rehearse", "-f", "-", "--from-history"),
        stdin=policy_text(lived),
        SIM_OPERATOR_DATABASE_URL=url,
    )
    assert (made.code, made.out) == (code, "")
    assert says in made.err
    assert "hunter2" not in made.err
