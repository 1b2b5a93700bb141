"""What people do to resources and SIMs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.integration.world import Json

CARDS: Final = 6
"""SIMs of each of two customers; places 0 to 5 are the first's, 6 to 11 the second's."""
PLACES: Final = ("", "-two", "-three")
"""Ends of the names of the namespaces."""
SIM_NAMES: Final = ("pump", "meter", "p" * 63, "dotted.name-of.a-sim")
ACCOUNT_NAMES: Final = ("default", "second")
POLICY_NAMES: Final = ("limit", "strict")
ENDPOINT: Final = "the simulator"
"""Stands for its address, which is known only when it runs."""
UNKNOWN_CARDS: Final = ("8988303000123456789", "0000000000000000000")
NAMES: Final = {"SIM": SIM_NAMES, "SIMAccount": ACCOUNT_NAMES, "QuotaPolicy": POLICY_NAMES}


@dataclass(frozen=True)
class Put:
    """Create a resource, or give the one of this name another spec and other labels."""

    kind: str
    place: str
    name: str
    spec: Json
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Delete:
    """Delete a resource: the nth of those that are there."""

    kind: str
    nth: int


@dataclass(frozen=True)
class Annotate:
    """Set one of the operator's annotations; None takes it off."""

    kind: str
    nth: int
    annotation: str
    value: str | None


@dataclass(frozen=True)
class Tamper:
    """A person writes into a status."""

    kind: str
    nth: int
    status: Json


@dataclass(frozen=True)
class Portal:
    """Somebody changes a SIM at 1NCE."""

    card: int
    change: Json


@dataclass(frozen=True)
class Move:
    """A SIM leaves its customer, or is there again."""

    card: int
    away: bool
    answer: int


@dataclass(frozen=True)
class Credentials:
    """The Secret of an account holds the credentials of a customer, wrong ones, or is no more."""

    place: str
    name: str
    holds: str


@dataclass(frozen=True)
class Wait:
    """Simulated time moves on."""

    seconds: int


@dataclass(frozen=True)
class Team:
    """The label of a namespace."""

    place: str
    team: str | None


Step = Put | Delete | Annotate | Tamper | Portal | Move | Credentials | Wait | Team
