"""Which policies are so new to this process that their SIMs may still be being read."""

import time

from sim_operator.domain.resources import Key
from sim_operator.planning.quota.terms import Terms

FIRST_READINGS = 900.0
"""Seconds for which a new policy waits for the first figures of its SIMs."""


class Beginnings:
    """When each policy was evaluated first."""

    def __init__(self) -> None:
        """None was."""
        self._first: dict[Key, tuple[str, float]] = {}

    def is_new(self, policy: Key, terms: Terms) -> bool:
        """Whether its first figures may still come; a namesake is another policy."""
        uid, since = self._first.get(policy, ("", 0.0))
        if uid != terms.uid:
            since = time.monotonic()
            self._first[policy] = (terms.uid, since)
        return time.monotonic() - since < FIRST_READINGS

    def forget(self, policy: Key) -> None:
        """The policy is gone."""
        self._first.pop(policy, None)
