"""What the fall of the remaining volume proves about use.

A lower bound, never a guess: whatever also explains the figures without use counts as no use.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final, NamedTuple

from sim_operator.domain.usage import LeftReading

CLOCK_STEP: Final = timedelta(days=1)
"""A reading that is older by more was made after the clock had been set back."""


class Fall(NamedTuple):
    """What a reading tells when it follows another one."""

    used: int | None
    """What was used at least since the last reading; None: it cannot be told."""
    base: LeftReading
    """What the next reading is compared with, at the time of this one."""
    says_nothing: bool = False
    """The base is still the last reading: what the next one fell by since then is yet to come."""


def fall(last: LeftReading, new: LeftReading) -> Fall:
    """What was used from one reading to the next.

    Where both tell what was ever bought, use is what was bought less what is left, and a top-up
    hides nothing. Should that go down, an old answer was given, or 1NCE corrected itself: the
    higher one stays the base, so that nothing counts again on the way up; unless less was bought,
    which is another quota.

    Else use is what left fell by; a top-up in between only makes that too little. Where it rose,
    somebody topped up, and at least once by the volume of the last top-up. What is missing to that
    was used; but only a rise by half of it or more is taken as a top-up, as a smaller one may also
    be a correction, and then nearly a whole top-up of use would be made up: the reading says
    nothing, and the old base stays. A rise by more than the last top-up were several, whose
    volumes nobody knows.
    """
    if last.bought is not None and new.bought is not None:
        if new.bought < last.bought:
            return Fall(None, new)
        used = (new.bought - new.left) - (last.bought - last.left)
        return (
            Fall(used, new) if used >= 0 else Fall(0, replace(last, at=new.at), says_nothing=True)
        )
    rise = new.left - last.left
    if rise <= 0:
        return Fall(-rise, new)
    if new.last_added is None or new.last_added <= 0 or rise > new.last_added:
        return Fall(None, new)
    if 2 * rise >= new.last_added:
        return Fall(new.last_added - rise, new)
    return Fall(0, replace(last, at=new.at), says_nothing=True)
