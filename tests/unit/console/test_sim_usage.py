"""The use of one SIM over REST: days always, hours where they are asked for."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from sim_operator.console.application import routes
from sim_operator.console.rest.callers import reader
from sim_operator.history import DayRow, Hour

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ICCID = "8988303000000000001"
PATH = "/api/v1/sims/plant-a/pump-17/usage"


class Seer:
    """Somebody who may see the SIM, and what was asked for them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, date, date]] = []

    def now(self) -> datetime:
        return NOW

    async def sim(self, _: object) -> Any:
        return SimpleNamespace(row=SimpleNamespace(iccid=ICCID))

    async def usage_of(self, _: object, first: date, last: date) -> list[DayRow]:
        self.asked.append(("days", first, last))
        return [DayRow(NOW.date(), 5, 1, NOW, final=False)]

    async def hours_of(self, _: object, first: date, last: date) -> list[Hour]:
        self.asked.append(("hours", first, last))
        return [Hour(NOW - timedelta(hours=2), 3, 0), Hour(NOW, 1, 1)]


@pytest.fixture
def seer() -> Seer:
    return Seer()


@pytest.fixture
def client(seer: Seer) -> httpx.AsyncClient:
    app = routes()
    app.dependency_overrides[reader] = lambda: seer
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console.test")


async def test_hours_are_told_beside_the_days_where_they_are_asked_for(
    client: httpx.AsyncClient, seer: Seer
) -> None:
    answer = await client.get(PATH, params={"hours": "true", "from": "2026-11-22"})
    assert answer.json() == {
        "iccid": ICCID,
        "first": "2026-11-22",
        "last": "2026-11-23",
        "days": [
            {
                "day": "2026-11-23",
                "data": 5,
                "sms": 1,
                "readAt": "2026-11-23T12:00:00Z",
                "final": False,
            }
        ],
        "hours": [
            {"start": "2026-11-23T10:00:00Z", "data": 3, "sms": 0},
            {"start": "2026-11-23T12:00:00Z", "data": 1, "sms": 1},
        ],
    }
    span = date(2026, 11, 22), date(2026, 11, 23)
    assert seer.asked == [("days", *span), ("hours", *span)]


async def test_without_the_question_there_is_no_answer_about_hours(
    client: httpx.AsyncClient, seer: Seer
) -> None:
    assert (await client.get(PATH)).json()["hours"] is None
    assert [what for what, _, _ in seer.asked] == ["days"]
    assert (await client.get(PATH, params={"hours": "perhaps"})).status_code == 422


@pytest.mark.parametrize("last", ["9999-12-31", "0001-01-01"])
async def test_the_first_and_the_last_day_of_all_are_days(
    client: httpx.AsyncClient, last: str
) -> None:
    answer = await client.get(PATH, params={"to": last, "hours": "true"})
    assert (answer.status_code, answer.json()["first"]) == (200, f"{last[:8]}01")
