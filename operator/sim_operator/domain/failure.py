"""What can go wrong at 1NCE, as the decisions see it.

The edge turns every status code, exception and torn body into one of these; nothing above it knows
HTTP.
"""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """What a failure means for what comes next."""

    BAD_CREDENTIALS = "BadCredentials"
    """1NCE refuses the client id or secret, or a token that was fetched a moment ago."""
    FORBIDDEN = "Forbidden"
    """403: not this customer's SIM, or not this user's call."""
    NOT_FOUND = "NotFound"
    """404."""
    EXPIRED = "Expired"
    """422: the SIM's time is over, only an extension helps."""
    REFUSED = "Refused"
    """Another 4xx: the same call will not succeed by repeating it."""
    RATE_LIMITED = "RateLimited"
    """429; `retry_after` says how long."""
    UNAVAILABLE = "Unavailable"
    """5xx, no connection, a timeout or an unreadable body on a read."""
    AMBIGUOUS = "Ambiguous"
    """A write whose outcome is not known: settle it by reading, never by repeating."""
    MISSING_FIELD = "MissingField"
    """Not sent: 1NCE's read left out a field that the write must carry."""
    WITHDRAWN = "Withdrawn"
    """Not sent: while it waited for its turn it was no longer wanted, or no longer ours to send."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed call; the message is fit for a condition: no secret, no moving figure."""

    kind: FailureKind
    message: str
    status: int | None = None
    retry_after: float | None = None
    """Seconds."""
