"""The whole: 1NCE's half a year goes by the operator into the console, and a person's wish back."""

from datetime import UTC, datetime

import httpx
import pytest

from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, person
from tests.integration.history_worlds import OLDEST, SIMS, TODAY, truth
from tests.integration.world import World

pytestmark = pytest.mark.cluster

DAYS = (TODAY - OLDEST).days + 1


def test_half_a_year_is_shown_exactly_and_a_wish_becomes_true(
    whole: tuple[World, ConsoleProcess],
) -> None:
    world, process = whole
    world.account(managementAPIVersion="v1", rateLimit={"requestsPerSecond": 10})
    for number in range(SIMS):
        world.sim(f"sim-{number}", number, labels={"fleet": "pumps"}, state="Enabled")
    ann = person(world.cluster, world.namespace, *READS, "patch")
    headers = {"Authorization": f"Bearer {ann.token()}"}
    with httpx.Client(base_url=process.url, headers=headers, trust_env=False, timeout=30) as client:

        def days(name: str) -> dict[str, tuple[int, int]]:
            path = f"/api/v1/sims/{world.namespace}/{name}/usage"
            query = {"from": OLDEST.isoformat(), "to": TODAY.isoformat()}
            told = client.get(path, params=query).json()["days"]
            return {one["day"]: (one["data"], one["sms"]) for one in told}

        world.operator.start()
        world.until(
            lambda: all(len(days(f"sim-{n}")) == DAYS for n in range(SIMS)),
            "half a year of each SIM is kept",
        )
        for number in range(SIMS):
            wanted, kept = truth(world.simulator, world.iccids[number]), days(f"sim-{number}")
            assert {day: use[1] for day, use in kept.items()} == {
                day: use[1] for day, use in wanted.items()
            }
            off = [abs(kept[day][0] - wanted[day][0]) for day in wanted]
            assert max(off) <= 1, "the byte that 1NCE's decimals round away"
        month = f"{TODAY:%Y-%m}"
        usage = client.get("/api/v1/usage", params={"by": "label=fleet", "month": month}).json()
        summary = client.get("/api/v1/summary").json()
        [pumps] = usage["items"]
        assert (pumps["group"], pumps["sims"], pumps["missingDays"]) == ("pumps", SIMS, 0)
        assert (summary["used"]["data"], summary["total"]) == (pumps["data"], SIMS)

        pump = f"/api/v1/sims/{world.namespace}/sim-0"
        assert client.post(f"{pump}/disable").json()["changed"] is True
        world.until(lambda: client.get(pump).json()["sim"]["state"] == "Disabled", "1NCE follows")
        assert world.simulator.sim(world.iccids[0])["status"] == "Disabled"

        def told() -> set[tuple[str, str]]:
            timeline = client.get(pump).json()["timeline"]
            return {(one["type"], one["actor"]) for one in timeline}

        world.until(
            lambda: (
                {
                    ("Change", ann.user),
                    ("Normal", "sim-operator.io/sim-operator"),
                }
                <= told()
            ),
            "the timeline has the person's wish and what the operator did",
        )
        timeline = client.get(pump).json()["timeline"]
    [asked] = [one for one in timeline if one["actor"] == ann.user]
    done = next(one for one in timeline if "from Enabled to Disabled" in one["message"])
    assert asked["at"][:10] == f"{datetime.now(UTC):%Y-%m-%d}", "not the simulated time"
    assert asked["at"] <= done["at"], "what was asked for stands before what it brought about"
    assert "Traceback" not in process.text(), process.text()
