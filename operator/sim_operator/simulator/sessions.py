"""Whether a device is connected, from its SIM's state and its profile."""

from .metering import Limits, limit_reached, remaining
from .state import Session, SimState
from .traffic import Span, is_reachable, is_talking

_RESET_SECONDS = 60.0


def talked(sim: SimState, moment: float) -> bool:
    """Whether the device had a data connection open at a moment of the past, by its spans."""
    for span in sim.data.spans:
        if span.start <= moment and (span.end is None or moment < span.end):
            return is_talking(sim.identity.key, span, moment)
    return False


def session_of(sim: SimState, now: float, limits: Limits) -> Session:
    """The session as v2 names it; v1 does not know BLOCKED."""
    if sim.session is not None:
        return sim.session
    if not sim.may_use(now):
        return "OFFLINE"
    if sim.reset_at is not None and 0 <= now - sim.reset_at < _RESET_SECONDS:
        return "OFFLINE"
    span = sim.data.spans[-1] if sim.data.spans else Span(now, None, sim.profile)
    if not is_reachable(sim.identity.key, span, now):
        return "OFFLINE"
    if limit_reached(sim, "data", now, limits):
        return "BLOCKED"
    if remaining(sim, "data", now, limits) <= 0:
        return "ATTACHED"
    return "ONLINE" if is_talking(sim.identity.key, span, now) else "ATTACHED"
