"""How often an account can be read: the intervals that the rate limit really carries."""

PAGE_SIZE = 100
READS_PER_SIM = 3
"""Data quota, SMS quota, session."""
SWEEP_SHARE = 0.5
DETAIL_SHARE = 0.5
STALE_AFTER_INTERVALS = 3


def pages(sims: int) -> int:
    """List calls that one sweep takes; an empty account takes one as well."""
    return max(1, -(-sims // PAGE_SIZE))


def sweep_interval(wanted: float, sims: int, requests_per_second: int) -> float:
    """Seconds between two sweeps: as asked, or what half of the rate can carry."""
    return max(wanted, pages(sims) / (requests_per_second * SWEEP_SHARE))


def detail_interval(
    wanted: float, claimed: int, requests_per_second: int, *, others: float = 0.0
) -> float:
    """Seconds in which every claimed SIM is read once; 0 where details are off.

    `others`: calls a second that are taken from what details have.
    """
    if wanted <= 0:
        return 0.0
    return max(wanted, claimed * READS_PER_SIM / (requests_per_second * DETAIL_SHARE - others))


def go_duration(seconds: float) -> str:
    """A Go duration as Kubernetes prints it (`1h0m0s`, `5m0s`, `2s`).

    Rounded up to whole seconds.
    """
    whole = -int(-seconds // 1)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{secs}s"
    return f"{minutes}m{secs}s" if minutes else f"{secs}s"


def backoff(attempt: int, *, first: float, most: float, jitter: float) -> float:
    """Seconds to wait after the `attempt`-th failure (from 1).

    `jitter` in 0..1 spreads the upper half.
    """
    full: float = min(most, first * 2.0 ** (min(attempt, 32) - 1))
    return full * (0.5 + 0.5 * jitter)


def is_stale(last_believed: float | None, interval: float, now: float) -> bool:
    """Whether the last believed sweep is older than three effective intervals."""
    return last_believed is None or now - last_believed > STALE_AFTER_INTERVALS * interval
