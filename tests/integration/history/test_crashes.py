"""A keeper that is killed while it writes: what it acknowledged is there, and the sums agree."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE

import pytest

from sim_operator.history import By, History, open_history
from tests.integration.history.told import ACCOUNT, FIRST, LAST, NOW, reading

DELIVERIES = 40
SIMS = 30
KEEPER = """
import asyncio, sys
from sim_operator.history import open_history
from tests.integration.history.told import ACCOUNT, reading

async def main(url, deliveries, sims):
    async with open_history(url) as history:
        for number in range(deliveries):
            told = [reading(sim, {3: (number, 1)}, first=1, last=10) for sim in range(
                number * sims, (number + 1) * sims)]
            await history.record(ACCOUNT, told)
            print(number, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


@pytest.mark.parametrize("milliseconds", [0, 7, 23])
async def test_a_killed_keeper_leaves_whole_deliveries_and_right_sums(
    url: str, milliseconds: int
) -> None:
    keeper = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KEEPER, url, str(DELIVERIES), str(SIMS), stdout=PIPE, env=os.environ
    )
    assert keeper.stdout is not None
    acknowledged = 0
    while acknowledged < 3:
        line = await keeper.stdout.readline()
        assert line, "the keeper ended by itself"
        acknowledged = int(line) + 1
    await asyncio.sleep(milliseconds / 1000)
    keeper.send_signal(signal.SIGKILL)
    rest = (await keeper.stdout.read()).decode().splitlines()
    await keeper.wait()
    acknowledged = max([acknowledged, *(int(line) + 1 for line in rest if line)])
    async with open_history(url) as history:
        found = await sums(history)
        whole, part = divmod(found["sims"], SIMS)
        assert part == 0
        assert acknowledged <= whole <= acknowledged + 1
        assert found["data"] == sum(number * SIMS for number in range(whole))
        assert found["known"] == whole * SIMS * 10
        told = [
            reading(sim, {3: (sim // SIMS, 1)}, first=1, last=10) for sim in range(whole * SIMS)
        ]
        await history.record(ACCOUNT, told)
        assert await sums(history) == found, "told again after the crash, it counts once"


async def sums(history: History) -> dict[str, int]:
    """By months, by days, and by the ledger itself: they have to agree."""
    (month,) = await history.usage(FIRST, LAST, By.parse("namespace"), now=NOW)
    days = await history.days(FIRST, LAST, now=NOW)
    (ledger,) = await history.usage(FIRST, LAST.replace(day=11), By.parse("namespace"), now=NOW)
    assert month.data == ledger.data == sum(day.data for day in days)
    assert month.known_days == ledger.known_days == sum(day.known_days for day in days)
    return {"sims": month.sims, "data": month.data, "known": month.known_days}
