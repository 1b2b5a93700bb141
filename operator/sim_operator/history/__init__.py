"""What was: the use of every SIM by day, and what happened to it, in a database.

Whoever only prints help, or runs the operator, must not pay for SQLAlchemy: what needs it is
imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from sim_operator.history.address import DatabaseAddress, DatabaseAddressError
from sim_operator.history.complaints import (
    CorruptError,
    FullError,
    HistoryError,
    NewerSchemaError,
    UnavailableError,
)
from sim_operator.history.model import (
    By,
    DayRow,
    Dimension,
    Happening,
    Health,
    Hour,
    Keep,
    Part,
    Pruned,
    Reading,
    Scope,
    UsageRow,
)

if TYPE_CHECKING:
    from sim_operator.history.store import History, open_history

__all__ = [
    "By",
    "CorruptError",
    "DatabaseAddress",
    "DatabaseAddressError",
    "DayRow",
    "Dimension",
    "FullError",
    "Happening",
    "Health",
    "History",
    "HistoryError",
    "Hour",
    "Keep",
    "NewerSchemaError",
    "Part",
    "Pruned",
    "Reading",
    "Scope",
    "UnavailableError",
    "UsageRow",
    "open_history",
]


def __getattr__(name: str) -> Any:
    if name in {"History", "open_history"}:
        from sim_operator.history import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
