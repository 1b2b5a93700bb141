"""How far past its limit a SIM can get before it is off.

No vendor switches off in the instant in which a limit is reached: the figure is late, it is read
now and then, and a write takes its time. What can be used meanwhile is told instead of hidden.
"""

import math


def max_overshoot(
    *,
    rate: float | None,
    cadence: float,
    act: float,
    lag: float,
    straddle: int,
    streamed: bool,
) -> int | None:
    """Bytes that a SIM may use beyond its limit, as an upper estimate; None: nothing was observed.

    The worst case, in the order in which it comes about. A reading shows everything but what the
    limit is crossed with; from there on the fastest SIM goes on at its rate, and the times add up:

    - ``lag``: the figure that is read describes the SIM this much earlier. It counts for streamed
      records as well: a record is sent after the use that it is of.
    - ``cadence``: the next reading comes this much later, and is the first that can show it.
      Nothing where use is streamed: records come by themselves.
    - ``act``: evaluation, the hold that is written first, the guards, and the write itself.

    ``rate`` x (``lag`` + ``cadence`` + ``act``), and to that:

    - ``straddle``: use of a day that belongs to two periods, where it may have been counted in the
      other one only.

    It is of what was observed: a device that becomes faster than any one was until now gets
    further, and so does one while readings fail. A guard that holds back is no delay of ``act``:
    the SIM is then not being switched off, and the policy says so.

    Args:
        rate: The fastest SIM's use in bytes a second, of those that may be switched off.
        cadence: Seconds between two readings of a SIM near its limit, as observed.
        act: Seconds from a reading to its effect.
        lag: Seconds that 1NCE's figure may be late.
        straddle: Bytes.
        streamed: Whether the Data Streamer tells of use.
    """
    if rate is None:
        return None
    unseen = max(0.0, lag) + max(0.0, act) + (0.0 if streamed else max(0.0, cadence))
    return math.ceil(max(0.0, rate) * unseen) + max(0, straddle)
