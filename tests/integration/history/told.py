"""Readings as tests tell them: short where nothing else is said."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sim_operator.history import Reading

ACCOUNT = "plant-a/default"
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
Use = Mapping[int, tuple[int | None, int | None]]


def iccid(number: int) -> str:
    return f"8988303{number:012d}"


def november(day: int) -> date:
    return date(2026, 11, day)


def noon(day: int) -> datetime:
    """Noon of a day of November; the 31st is the 1st of December."""
    return datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=day - 1)


def reading(
    sim: int = 1,
    use: Use | None = None,
    *,
    at: datetime = NOW,
    first: int = 1,
    last: int = 28,
    namespace: str = "plant-a",
    labels: Mapping[str, str] | None = None,
    policy: str | None = None,
) -> Reading:
    """What one SIM used in some days of November; days that `use` lacks had none."""
    return Reading(
        iccid=iccid(sim),
        namespace=namespace,
        name=f"sim-{sim}",
        labels={} if labels is None else labels,
        policy=policy,
        read_at=at,
        first=november(first),
        last=november(last),
        days={november(day): figures for day, figures in (use or {}).items()},
    )
