"""What SIMs used, as the history has it: more than six months of it, and no call at 1NCE for it."""

from collections.abc import Mapping, Sequence
from datetime import date

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage
from sim_operator.history import DatabaseAddressError, HistoryError
from sim_operator.history.address import VARIABLE
from sim_operator.trial.complaints import BadInputError, UnreachableError
from sim_operator.trial.world import World

Days = Mapping[Key, Mapping[date, DayUsage]]


async def recorded_days(
    url: str | None, world: World, sims: Sequence[Key], first: date, last: date
) -> tuple[Days, list[str]]:
    """The daily figures of these SIMs that are known, and a note on those that are not.

    Args:
        url: of the database.
        world: where the SIMs are.
        sims: those to read; one of which nothing is known is left out.
        first: the first day.
        last: the last day.

    Raises:
        BadInputError: the URL is missing or names no database.
        UnreachableError: the history cannot be read.
    """
    # SQLAlchemy is loaded by those only who ask for it.
    from sim_operator.history import open_history

    if not url:
        raise BadInputError(f"--from-history reads the database that {VARIABLE} names: set it.")
    cards = {sim: iccid for sim in sims if (iccid := world.roster.iccid(sim)) is not None}
    try:
        async with open_history(url, migrating=False) as history:
            found = await history.use_of(list(cards.values()), first, last)
    except DatabaseAddressError as error:
        raise BadInputError(f"{VARIABLE}: {error}") from None
    except HistoryError as error:
        raise UnreachableError(str(error)) from error
    days = {
        sim: {day: DayUsage(*use) for day, use in found[iccid].items()}
        for sim, iccid in cards.items()
        if iccid in found
    }
    return days, _notes(days, (last - first).days + 1)


def _notes(days: Days, length: int) -> list[str]:
    unknown = sum(length - len(of_sim) for of_sim in days.values())
    if not unknown:
        return []
    return [
        f"{unknown:,} of {length * len(days):,} days of SIMs are not in the history and count as "
        "days without use."
    ]
