"""What the feed says of the watches that fill it."""

from sim_operator.kube.feed import Feed
from sim_operator.kube.store import Store


def test_the_watch_that_has_been_silent_for_longest_counts() -> None:
    times = iter((100.0, 160.0, 220.0))
    feed = Feed(Store(), lambda: next(times))
    said = [feed.last_event]

    for watch in ("watch of sims", "watch of simaccounts", "watch of sims"):
        feed.heard(watch)
        said.append(feed.last_event)

    assert said == [None, 100.0, 100.0, 160.0]
