"""What the edge counts: the names of 1NCE's operations, and where the figures go.

The edge knows no metrics library; whoever builds it passes something with this shape.
"""

from enum import StrEnum
from typing import Protocol


class Operation(StrEnum):
    """A call to 1NCE, as metrics and messages name it."""

    OAUTH_TOKEN = "oauth-token"  # noqa: S105  # a name, not a secret
    LIST_SIMS = "list-sims"
    GET_SIM = "get-sim"
    UPDATE_SIM = "update-sim"
    GET_QUOTA = "get-quota"
    GET_STATUS = "get-status"
    GET_USAGE = "get-usage"


NO_ANSWER = "error"
"""The code of a request that got no answer, or only a part of one."""


class Meter(Protocol):
    """Receives one call for each request, unusable answer and wait; must not block or raise."""

    def request(self, operation: str, code: str, seconds: float) -> None:
        """One request ended: with an HTTP status, or with `error` where there was no answer."""

    def unusable(self, operation: str) -> None:
        """An answer looked well by its status, and what it says cannot be used."""

    def throttle_wait(self, seconds: float) -> None:
        """A call waited so long for its turn under the account's rate limit."""
