"""Which accounts belong into one hand.

Tied together are the accounts whose SIMs one QuotaPolicy selects, those that rivals for one ICCID
belong to, and the account that a SIM has left with the one that it has now. While such accounts are
in several hands nothing wrong happens, and something waits.
"""

import asyncio
from collections.abc import Iterable

from sim_operator.domain.resources import Key
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.roster import Roster
from sim_operator.planning.sharding import Group, groups

_BREATH = 2_000
"""SIMs between two turns of the event loop."""


async def account_groups(
    accounts: Iterable[Key], sims: Iterable[Key], roster: Roster, matching: Matching
) -> list[Group]:
    """The accounts, group by group."""
    ties: set[frozenset[Key]] = set()
    seen = 0
    for policy in list(matching.all()):
        tied = set()
        for sim in list(matching.selected(policy)):
            seen += 1
            if seen % _BREATH == 0:
                await asyncio.sleep(0)
            account = roster.assignment(sim)
            if isinstance(account, Key):
                tied.add(account)
        ties.add(frozenset(tied))
    for number, sim in enumerate(list(sims)):
        if number % _BREATH == _BREATH - 1:
            await asyncio.sleep(0)
        rivals = roster.rivals(sim)
        if len(rivals) > 1:
            ties.add(rivals)
    return groups(accounts, ties)
