"""The fleet as rows, from a watch cache: 10,000 SIMs are filtered and put in order in memory."""

from sim_operator.console.fleet.labels import SelectorError, parsed
from sim_operator.console.fleet.live import Fleet
from sim_operator.console.fleet.query import (
    MOST_ROWS,
    Column,
    Order,
    SimFilter,
    SimPage,
    found,
    ordered,
    paged,
)
from sim_operator.console.fleet.rows import (
    AccountRow,
    ConditionRow,
    DecisionRow,
    HoldRow,
    PolicyRow,
    PoolRow,
    QuotaRow,
    SimRow,
    TopRow,
    UsageRow,
    WishRow,
)

__all__ = [
    "MOST_ROWS",
    "AccountRow",
    "Column",
    "ConditionRow",
    "DecisionRow",
    "Fleet",
    "HoldRow",
    "Order",
    "PolicyRow",
    "PoolRow",
    "QuotaRow",
    "SelectorError",
    "SimFilter",
    "SimPage",
    "SimRow",
    "TopRow",
    "UsageRow",
    "WishRow",
    "found",
    "ordered",
    "paged",
    "parsed",
]
