"""How the sources of use come together in one figure.

Three sources, each of which may miss use and none of which tells of too much: the day figures (sum
of whole days), the meter (what is left), and streamed records. A visit reads the day figures first
and the meter after them, so whatever the day figures contain, the meter contains too, and what the
meter falls by later comes on top of either.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tally:
    """The use of one service, in a period or since the process began."""

    anchor: int | None
    """The use up to the last meter reading, which the next fall is added to; None: there was none
    yet. Day figures and records that came in after that reading are not in it: the fall is."""
    floor: int
    """The use up to the last reading of any kind."""
    streamed: int
    """What records told since then."""
    used: int
    """The figure that is shown. It never falls."""


NOTHING_YET = Tally(None, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meter tells a tally in one visit."""

    fell: int | None
    """By how much, since the last reading; None: it cannot be told."""
    says_nothing: bool = False
    """The next fall is from the last reading still: the anchor stays with it."""


def polled(tally: Tally | None, total: int | None, meter: Metered | None) -> Tally | None:
    """The tally after a visit.

    A meter that fell from the anchor has it all: the records since are in the fall, so they are
    dropped, and an error in their shares with them. Where it cannot continue from the anchor (the
    first reading of a period, a top-up of unknown volume), and where there is no reading, the
    records are what is known besides the day figures; the larger one counts, never their sum.

    Args:
        tally: Before; None: nothing is known.
        total: The sum of the days that count, as far as they are known.
        meter: The reading in this visit.

    Returns:
        The tally; None: nothing is known still.
    """
    if tally is None:
        if total is None and meter is None:
            return None
        tally = NOTHING_YET
    known = total or 0
    if meter is not None and meter.says_nothing:
        meter = None
    if meter is not None and meter.fell is not None and tally.anchor is not None:
        floor = max(known, tally.anchor + meter.fell)
    else:
        floor = max(known, tally.floor + tally.streamed)
    anchor = floor if meter is not None else tally.anchor
    return Tally(anchor, floor, 0, max(tally.used, floor))


def added(tally: Tally | None, volume: int) -> Tally:
    """The tally after a streamed record of which `volume` falls into it."""
    before = tally or NOTHING_YET
    streamed = before.streamed + volume
    return Tally(before.anchor, before.floor, streamed, max(before.used, before.floor + streamed))
