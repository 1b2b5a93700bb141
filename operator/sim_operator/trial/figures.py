"""Figures as people read them."""

from collections.abc import Iterable

from sim_operator.domain.usage import Service
from sim_operator.domain.volume import MEBIBYTE
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.sentences import exact_quantity
from sim_operator.planning.quota.terms import Limit

UNKNOWN = "?"
_GIBIBYTE = 1024 * MEBIBYTE


def volume(amount: int | None) -> str:
    """Data, rounded to what a table has room for: `41.2Mi`."""
    if amount is None:
        return UNKNOWN
    if amount >= 10 * _GIBIBYTE:
        return f"{amount / _GIBIBYTE:.1f}Gi"
    return f"{amount / MEBIBYTE:.1f}Mi"


def messages(amount: int | None) -> str:
    """A number of messages."""
    return UNKNOWN if amount is None else f"{amount} SMS"


def amount(service: Service, value: int | None) -> str:
    """Data or messages."""
    return volume(value) if service is Service.DATA else messages(value)


def used(usage: Usage | None, services: Iterable[Service]) -> str:
    """What was used of the services that a policy limits."""
    return ", ".join(
        amount(service, usage.of(service) if usage is not None else None) for service in services
    )


def granted(limit: Limit, value: int) -> str:
    """What a limit grants, exactly."""
    return exact_quantity(value) if limit.service is Service.DATA else messages(value)


def plural(count: int, what: str) -> str:
    """`1 hour`, `2 hours`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
