"""What counting holds to through any sequence of visits, records, top-ups and restarts."""

from collections.abc import Callable
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from sim_operator.domain.usage import Service
from sim_operator.planning.quota import counting
from sim_operator.planning.quota.period import Track, period_at
from tests.unit.planning.quota.world import ACTIVATED, CARRIED, TRACKS, World

Step = tuple[str, int, int]

LEAST_STEPS = 15
"""Hypothesis makes short lists otherwise, and an error takes several steps to show."""

WAYS = [
    "pass",
    "pass long",
    "use",
    "use",
    "send",
    "send",
    "keep",
    "again",
    "lose",
    "visit",
    "top up",
    "restart",
]
METERS = [None, "bought", "added", "plain"]


def steps(*ways: str) -> st.SearchStrategy[list[Step]]:
    step = st.tuples(st.sampled_from([*WAYS, *ways]), st.integers(0, 999), st.integers(0, 999))
    return st.lists(step, min_size=LEAST_STEPS, max_size=60)


def take(world: World, step: Step) -> None:
    what, amount, other = step
    ways: dict[str, Callable[[], None]] = {
        "pass": lambda: world.pass_time(amount % 200),
        "pass long": lambda: world.pass_time(amount * 20),
        "use": lambda: world.use(amount),
        "session": lambda: world.cut(session_goes_on=True, tells_session_start=other % 2 == 0),
        "cut": lambda: world.cut(session_goes_on=False, tells_session_start=other % 2 == 0),
        "send": lambda: world.send(amount, keep=False),
        "keep": lambda: world.send(amount, keep=True),
        "again": lambda: world.send_again(amount),
        "lose": lambda: world.lose(amount),
        "visit": lambda: world.visit(
            lag=None if amount % 4 == 0 else amount * 3, meter=METERS[other % 4]
        ),
        "clock": lambda: world.pass_time((amount - 500) * 20),
        "poll": lambda: world.visit(lag=amount, meter=None),
        "top up": lambda: world.top_up(amount + 1),
        "write": world.write,
        "restart": world.restart,
        "crash": lambda: world.restart(amount),
    }
    ways[what]()


def used(world: World) -> dict[tuple[Track, str], tuple[datetime, int]]:
    figures: dict[tuple[Track, str], tuple[datetime, int]] = {}
    for track in TRACKS:
        found = counting.usage(world.book, track, world.now)
        assert found is not None
        amount = found.of(world.service)
        if amount is not None:
            figures[track, found.period.name] = (found.since, amount)
    return figures


SERVICES = st.sampled_from(list(Service))


@settings(max_examples=120)
@given(SERVICES, steps("write", "crash"))
def test_no_fact_is_counted_twice_or_made_up(service: Service, history: list[Step]) -> None:
    """Each record is of one moment here, so that no share can err: the truth is the bound."""
    world = World(service)
    for step in history:
        take(world, step)
        if step[0] == "use":
            take(world, ("cut", 0, 1))
        for since, amount in used(world).values():
            assert amount <= world.truth(since)


@settings(max_examples=120)
@given(SERVICES, steps("session", "cut", "write", "crash"))
def test_use_is_overstated_by_less_than_the_records_over_the_breaks(
    service: Service, history: list[Step]
) -> None:
    """One share for the last reading, one for each reading that cannot go on from the last."""
    world = World(service)
    breaks = 2
    largest = 0
    for step in history:
        breaks += step[0] == "top up"
        take(world, step)
        largest = max([largest, *(record.volume for record in world.pending)])
        for since, amount in used(world).values():
            assert amount <= world.truth(since) + breaks * largest


@settings(max_examples=120)
@given(SERVICES, steps("session", "cut"))
def test_use_never_falls_within_a_period(service: Service, history: list[Step]) -> None:
    world = World(service)
    before = used(world)
    for step in history:
        take(world, step)
        after = used(world)
        for (track, name), (since, amount) in before.items():
            found = after.get((track, name))
            if step[0] == "restart" and track not in CARRIED:
                continue
            if name == period_at(track, world.now).name:
                assert found is not None
            if found is not None:
                assert found[0] <= since
                assert found[1] >= amount
        before = after


@settings(max_examples=120)
@given(SERVICES, steps("cut", "write", "crash"))
def test_settled_day_figures_bring_the_truth(service: Service, history: list[Step]) -> None:
    world = World(service)
    for step in history:
        take(world, step)
        if step[0] == "use":
            take(world, ("cut", 0, 1))
    world.visit(lag=0, meter="bought")
    for (track, _), (since, amount) in used(world).items():
        if track in CARRIED:
            assert amount == world.truth(since)
            assert since == max(period_at(track, world.now).start, ACTIVATED)


@settings(max_examples=120)
@given(SERVICES, steps("session", "cut"))
def test_a_restart_right_after_writing_changes_no_carried_figure(
    service: Service, history: list[Step]
) -> None:
    world = World(service)
    for step in history:
        take(world, step)
    before = used(world)
    world.restart()
    after = used(world)
    for key, figure in before.items():
        if key[0] in CARRIED:
            assert after[key] == figure


PROMPT = st.lists(
    st.tuples(
        st.sampled_from(["pass", "pass long", "clock", "use", "use", "visit", "visit", "top up"]),
        st.integers(0, 999),
        st.integers(0, 999),
    ),
    max_size=25,
)


@given(SERVICES, PROMPT)
def test_a_clock_that_is_set_makes_up_no_use(service: Service, history: list[Step]) -> None:
    """Records come at once here: a late one may count again after the clock was set back far."""
    world = World(service)
    for step in history:
        take(world, step)
        if step[0] == "use":
            take(world, ("cut", 0, 1))
            take(world, ("send", 0, 0))
        for _, amount in used(world).values():
            assert amount <= sum(volume for _, volume in world.used)
