"""The page of accounts: health, sweeps, what they cost of the rate, what the guards hold back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sim_operator.api.durations import seconds
from sim_operator.api.names import ACCOUNT_KIND
from sim_operator.console.fleet import AccountRow
from sim_operator.console.fleet.attention import advice
from sim_operator.console.pages import words


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the page shows it."""

    row: AccountRow
    ready: words.Word
    advice: str
    sweep_share: str


def context(accounts: Iterable[AccountRow]) -> Mapping[str, Any]:
    """What the template shows."""
    return {"accounts": [_account(row) for row in accounts]}


def _account(row: AccountRow) -> Account:
    ready = row.ready
    troubled = ready is not None and ready.status != "True"
    return Account(
        row=row,
        ready=words.ready(ready.status if ready else None, ready.reason if ready else None),
        advice=advice(ACCOUNT_KIND, ready.type, ready.reason) if ready and troubled else "",
        sweep_share=sweep_share(row),
    )


def sweep_share(row: AccountRow) -> str:
    """What the list sweeps take of the calls that are allowed, in words."""
    try:
        every = seconds(row.sweep_interval or "")
    except ValueError:
        every = 0.0
    if not every or row.last_sweep_requests is None:
        return "not known yet"
    share = row.last_sweep_requests / (row.requests_per_second * every) * 100
    return "less than 1 % of them" if share < 1 else f"{share:.0f} % of them"
