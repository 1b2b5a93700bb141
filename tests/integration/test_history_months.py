"""With a history, the month of a SIM that no policy selects is shown."""

from sim_operator.domain.volume import bytes_of
from tests.integration.history_worlds import (
    MIB,
    OLDEST,
    SIMS,
    has_all,
    truth,
    usage_calls,
)
from tests.integration.world import World
from tests.keeper import Keeper
from tests.simulated import START_TIME


def months(world: World) -> dict[str, tuple[str, int]]:
    """What each claimed SIM used in the month of START_TIME, as 1NCE tells it."""
    found = {}
    for number, iccid in enumerate(world.iccids[:SIMS]):
        days = truth(world.simulator, iccid)
        used = [use for day, use in days.items() if day.startswith(START_TIME[:7])]
        volume, messages = (sum(figures) for figures in zip(*used, strict=True))
        found[f"sim-{number}"] = (f"{volume // MIB}Mi", messages)
    return found


def shown(world: World) -> dict[str, tuple[str, int]]:
    """What the statuses show of the month."""
    found = {}
    for one in world.listed("sim"):
        usage = one.get("status", {}).get("usage")
        if usage is not None:
            assert usage.keys() == {"period", "since", "data", "sms", "asOf"}
            assert (usage["period"], usage["since"]) == ("2026-11", "2026-11-01T00:00:00Z")
            found[one["metadata"]["name"]] = (usage["data"], usage["sms"])
    return found


def read_again(world: World, keeper: Keeper) -> None:
    """The operator starts again and reads each SIM, of which the history has lost a day."""
    world.operator.kill()
    calls = len(usage_calls(world))
    for place in [one for one in keeper.kept if one[2] == OLDEST.isoformat()]:
        del keeper.kept[place]
    world.operator.start()
    world.until(lambda: has_all(world, keeper), "the gaps are closed")
    assert len(usage_calls(world)) == calls + SIMS
    world.sweeps(3)


def test_a_sim_without_a_policy_shows_its_month_and_is_not_written_while_it_uses_nothing(
    recorded: World, keeper: Keeper
) -> None:
    recorded.operator.start()
    recorded.until(lambda: len(shown(recorded)) == SIMS, "the month of each SIM is shown")
    assert shown(recorded) == months(recorded)
    assert any(volume != "0Mi" for volume, _ in months(recorded).values())

    def versions() -> dict[str, str]:
        return {
            one["metadata"]["name"]: one["metadata"]["resourceVersion"]
            for one in recorded.listed("sim")
        }

    before = versions()
    for _ in range(3):
        read_again(recorded, keeper)
        assert versions() == before

    recorded.simulator.patch_sim(recorded.iccids[0], use_data_mb=7, use_sms=2)
    read_again(recorded, keeper)
    recorded.until(lambda: shown(recorded) == months(recorded), "what was used is shown")
    after = versions()
    assert {name for name in after if after[name] != before[name]} == {"sim-0"}
    volume, _ = months(recorded)["sim-0"]
    recorded.until(
        lambda: recorded.operator.metric("sim_data_usage_bytes", name="sim-0") == bytes_of(volume),
        "the metric follows",
    )
