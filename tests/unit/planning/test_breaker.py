"""Which sweeps are believed."""

from datetime import datetime, timedelta

import pytest

from sim_operator.domain.iccid import Iccid
from sim_operator.planning.breaker import Judgement, Memory, judge, restored
from sim_operator.planning.sketch import decode
from tests.unit.specimens import NOW, iccids

Fleet = frozenset[Iccid]


def after(*sweeps: Fleet, every: timedelta = timedelta(minutes=5)) -> tuple[Memory, datetime]:
    """The memory after believed sweeps, and the moment of the next one."""
    memory, now = Memory(), NOW
    for swept in sweeps:
        judgement = judge(swept, memory, "10%", None, now)
        assert judgement.believed, judgement.message
        memory, now = judgement.memory, now + every
    return memory, now


def verdict(
    swept: Fleet, memory: Memory, now: datetime, limit: int | str = "10%", ok: str | None = None
) -> Judgement:
    return judge(swept, memory, limit, ok, now)


def over_a_restart(memory: Memory, now: datetime) -> Memory:
    """The memory as the account's status carries it."""
    told = memory.largest[0].sketch()
    return restored(told.count, decode(told.count, told.encode()), memory.rejected, now)


@pytest.mark.parametrize("count", [0, 1, 250])
def test_the_first_sweep_is_believed(count: int) -> None:
    assert verdict(iccids(count), Memory(), NOW).believed


def test_an_account_that_was_empty_may_fill() -> None:
    memory, now = after(iccids(0), iccids(0))
    assert verdict(iccids(5_000), memory, now).believed


@pytest.mark.parametrize("count", [1, 2, 3, 60])
def test_an_empty_sweep_after_a_full_one_is_rejected(count: int) -> None:
    memory, now = after(iccids(count))
    judgement = verdict(iccids(0), memory, now)
    assert not judgement.believed
    assert "empty" in judgement.message


def test_an_empty_sweep_is_rejected_whatever_may_be_missing() -> None:
    memory, now = after(iccids(2))
    assert not verdict(iccids(0), memory, now, limit="100%").believed


@pytest.mark.parametrize("count", [61, 600, 60_000])
def test_growth_alone_is_never_rejected(count: int) -> None:
    memory, now = after(iccids(60))
    assert verdict(iccids(count), memory, now, limit=0).believed


def test_another_accounts_sims_are_rejected_even_where_there_are_more() -> None:
    memory, now = after(iccids(60))
    assert not verdict(iccids(600, first=1_000), memory, now).believed


def test_exactly_half_of_the_sims_is_enough_overlap() -> None:
    memory, now = after(iccids(4))
    assert verdict(iccids(4, first=2), memory, now).believed
    assert not verdict(iccids(4, first=3), memory, now).believed


@pytest.mark.parametrize(
    ("count", "limit", "tolerated"),
    [
        (100, "10%", 10),
        (109, "10%", 10),
        (60, "10%", 6),
        (15, "10%", 2),
        (5, "0%", 2),
        (100, 0, 2),
        (100, 3, 3),
        (100, "40%", 40),
    ],
)
def test_as_many_may_be_missing_as_the_limit_says_and_two_always(
    count: int, limit: int | str, tolerated: int
) -> None:
    memory, now = after(iccids(count))
    assert verdict(iccids(count - tolerated, first=tolerated), memory, now, limit=limit).believed
    one_more = iccids(count - tolerated - 1, first=tolerated + 1)
    assert not verdict(one_more, memory, now, limit=limit).believed


def test_new_sims_do_not_make_up_for_missing_ones() -> None:
    memory, now = after(iccids(100))
    assert not verdict(iccids(100, first=11), memory, now).believed


def test_a_fleet_that_shrinks_in_small_steps_is_held_against_the_largest_of_the_day() -> None:
    memory, now = after(iccids(100), iccids(95), iccids(91), iccids(90))
    judgement = verdict(iccids(89), memory, now)
    assert not judgement.believed
    assert "11 of 100 SIMs are missing" in judgement.message


def test_the_largest_picture_is_forgotten_after_a_day() -> None:
    memory, now = after(*[iccids(count) for count in (100, *[91] * 24)], every=timedelta(hours=1))
    assert now - NOW > timedelta(hours=24)
    assert verdict(iccids(85), memory, now).believed


def test_the_largest_picture_counts_for_almost_a_day() -> None:
    memory, _ = after(iccids(100), iccids(91))
    late = NOW + timedelta(hours=24) - timedelta(seconds=1)
    assert not verdict(iccids(85), memory, late).believed


def test_a_day_of_sweeps_is_remembered_in_few_pictures() -> None:
    sweeps = [iccids(10_000 - step) for step in range(288)]
    memory, _ = after(*sweeps)
    assert len(memory.largest) <= 26
    counts = [one.count for one in memory.largest]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 10_000


def test_a_rejected_sweep_changes_nothing_of_what_is_believed() -> None:
    memory, now = after(iccids(60))
    rejected = verdict(iccids(0), memory, now)
    assert (rejected.memory.last, rejected.memory.largest) == (memory.last, memory.largest)
    assert rejected.memory.rejected


def test_a_sweep_that_matches_again_ends_the_rejection() -> None:
    memory, now = after(iccids(60))
    rejected = verdict(iccids(0), memory, now)
    again = verdict(iccids(60), rejected.memory, now)
    assert again.believed
    assert again.memory.rejected is None


def test_an_accepted_sweep_is_believed() -> None:
    memory, now = after(iccids(60))
    first = verdict(iccids(20), memory, now)
    later = verdict(iccids(20), first.memory, now, ok=first.memory.rejected)
    assert later.believed
    assert later.memory.rejected is None
    assert verdict(iccids(19), later.memory, now).believed


def test_a_rejection_keeps_its_fingerprint_until_a_person_has_read_it() -> None:
    memory, now = after(iccids(60))
    first = verdict(iccids(20), memory, now)
    later = verdict(iccids(20), first.memory, now + timedelta(minutes=5))
    assert later.memory.rejected == first.memory.rejected


def test_an_acceptance_opens_only_the_sweep_that_it_names() -> None:
    memory, now = after(iccids(60))
    first = verdict(iccids(20), memory, now)
    other = verdict(iccids(19), first.memory, now, ok=first.memory.rejected)
    assert not other.believed
    assert other.memory.rejected != first.memory.rejected


def test_an_acceptance_that_stays_in_git_opens_nothing_later() -> None:
    memory, now = after(iccids(60))
    first = verdict(iccids(0), memory, now)
    accepted = first.memory.rejected
    taken = verdict(iccids(0), first.memory, now, ok=accepted)
    assert taken.believed
    full = verdict(iccids(60), taken.memory, now + timedelta(minutes=5), ok=accepted)
    assert full.believed
    again = verdict(iccids(0), full.memory, now + timedelta(minutes=10), ok=accepted)
    assert not again.believed
    still = verdict(iccids(0), again.memory, now + timedelta(minutes=15), ok=accepted)
    assert not still.believed


def test_an_acceptance_opens_nothing_before_the_sweep_was_rejected() -> None:
    memory, now = after(iccids(60))
    first = verdict(iccids(0), memory, now)
    ahead = verdict(iccids(0), memory, now + timedelta(minutes=5), ok=first.memory.rejected)
    assert not ahead.believed


def test_a_restart_does_not_make_an_empty_sweep_believable() -> None:
    memory, now = after(iccids(60))
    assert not verdict(iccids(0), over_a_restart(memory, now), now).believed


def test_a_restart_does_not_make_another_accounts_sims_believable() -> None:
    memory, now = after(iccids(60))
    assert not verdict(iccids(60, first=900), over_a_restart(memory, now), now).believed


def test_a_restart_does_not_forget_the_largest_picture() -> None:
    memory, now = after(iccids(100), iccids(91))
    assert not verdict(iccids(89), over_a_restart(memory, now), now).believed


def test_a_matching_sweep_is_believed_after_a_restart() -> None:
    memory, now = after(iccids(5_000))
    assert verdict(iccids(5_000), over_a_restart(memory, now), now).believed


def test_a_rejection_and_its_fingerprint_survive_a_restart() -> None:
    memory, now = after(iccids(60))
    rejected = verdict(iccids(20), memory, now).memory
    back = over_a_restart(rejected, now)
    assert back.rejected == rejected.rejected
    assert verdict(iccids(20), back, now, ok=rejected.rejected).believed


def test_a_status_without_a_picture_remembers_nothing() -> None:
    assert verdict(iccids(0), restored(0, None, None, NOW), NOW).believed


def test_a_picture_that_cannot_be_read_still_guards_by_its_size() -> None:
    memory = restored(60, decode(60, "broken"), None, NOW)
    assert not verdict(iccids(10), memory, NOW).believed
    assert verdict(iccids(60), memory, NOW).believed
