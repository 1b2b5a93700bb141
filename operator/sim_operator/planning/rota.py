"""When the details of each SIM are read next: every SIM once in an interval, evenly spread.

Each SIM has a phase of its own within the interval, taken from its ICCID, so that a fleet which was
read in a rush after a start drifts apart by itself and a restart does not bunch it again.
"""

import hashlib

from sim_operator.domain.iccid import Iccid


def phase(iccid: Iccid) -> float:
    """A fixed fraction of the interval, 0 <= phase < 1."""
    digest = hashlib.blake2b(iccid.encode(), digest_size=4, person=b"detail-rota").digest()
    return int.from_bytes(digest) / 2**32


def next_due(iccid: Iccid, interval: float, now: float) -> float:
    """The SIM's next slot, at least half an interval away: not read again a moment after it was."""
    earliest = now + interval / 2
    slot = phase(iccid) * interval
    turns = -((slot - earliest) // interval)
    due = slot + turns * interval
    return due if due >= earliest else due + interval


def first_due(iccid: Iccid, interval: float, now: float, *, shown: bool) -> float:
    """The first slot after a start or a claim: at once where the status shows no figure yet."""
    if not shown:
        return now
    slot = phase(iccid) * interval
    turns = -((slot - now) // interval)
    due = slot + turns * interval
    return due if due >= now else due + interval


def next_slot(iccid: Iccid, interval: float, now: float) -> float:
    """The SIM's first slot after `now`: at most one interval away, and perhaps very soon.

    Whoever was read in a rush is read once more than needed, and keeps to its slot from then on.
    """
    slot = phase(iccid) * interval
    turns = (now - slot) // interval + 1
    due = slot + turns * interval
    return due if due > now else due + interval
