"""When the details of each SIM are read next: every SIM once in an interval, evenly spread.

Each SIM has a phase of its own within the interval, taken from its ICCID, so that a fleet which was
read in a rush after a start drifts apart by itself and a restart does not bunch it again.
"""

import hashlib

from sim_operator.domain.iccid import Iccid

_SLACK = 1.001
"""A read at a slot is an interval away from the next one, but for what floats round away."""


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


def next_within(iccid: Iccid, interval: float, now: float) -> float:
    """The next read after one at `now`: half an interval to about one interval away.

    At the SIM's slot; where the one that is near would be too soon and the next one too late,
    half-way to that. So whoever was read in a rush keeps to its slot from the read after on.
    """
    due = next_due(iccid, interval, now)
    return due if due - now <= interval * _SLACK else (now + due) / 2
