"""One simulated 1NCE: customers and their fleets, tokens, limits, faults, journal, time."""

import math
from dataclasses import dataclass, field
from typing import Any

from .clock import SimulatedClock
from .config import DEFAULT_CUSTOMER, Credential, Omitted, SimulatorConfig
from .deferred import Deferred
from .faults import Faults
from .fleet import Fleet
from .identity import mix, place_of
from .journal import Entry, Journal, Write
from .metering import LimitChange, Limits
from .ratelimit import RateLimits
from .state import SimState
from .tokens import TokenOffice
from .traffic import Service

OTHER_CUSTOMER = "other"
OTHER_SIMS = 20
LIMIT_KINDS = ("data", "smsMt", "smsMo")


@dataclass(slots=True)
class Quirks:
    """Behaviour that 1NCE's documents leave open, or that differs between accounts."""

    omitted: Omitted = "keep"
    v2_usage: bool = False
    luhn_paths: bool = False
    queue_delay_seconds: float = 2.0


@dataclass(slots=True)
class Account:
    """What belongs to a customer besides the SIMs."""

    fleet: Fleet
    orders: list[dict[str, Any]] = field(default_factory=list)
    support: list[dict[str, Any]] = field(default_factory=list)
    limit_ids: dict[str, int] = field(default_factory=dict)
    limits: dict[str, list[LimitChange]] = field(
        default_factory=lambda: {kind: [] for kind in LIMIT_KINDS}
    )

    def metered(self) -> dict[Service, Limits]:
        """The limits that stop a device: data, and messages that it sends itself."""
        return {"data": self.limits["data"], "sms": self.limits["smsMo"]}


class World:
    """All state of the simulator; one event loop owns it, so that nothing is locked."""

    def __init__(self, config: SimulatorConfig) -> None:
        """A world as the configuration says."""
        self.config = config
        self.clock = SimulatedClock(config.start_time, config.speed)
        self.tokens = TokenOffice(config.credentials, config.token_lifetime)
        self.rates = RateLimits(config.rate_limit)
        self.faults = Faults(config.seed)
        self.journal = Journal()
        self.deferred = Deferred()
        self.quirks = Quirks(omitted=config.omitted)
        self.refused_by_rate = 0
        self._seed_key = mix(config.seed, 1)
        self._accounts: dict[str, Account] = {}
        self._last_topup_check = self._topup_round(config.start_time)
        self._next_order = 100_001
        self.open_account(DEFAULT_CUSTOMER, config.sims)

    def open_account(self, customer: str, sims: int) -> Account:
        """A customer with SIMs of its own; a known customer stays as it is.

        Raises:
            ValueError: There are ten customers already: ICCIDs have no room for more.
        """
        if customer not in self._accounts:
            number = len(self._accounts)
            if number >= 10:
                raise ValueError("at most ten customers")
            oddities = self.config.oddities
            self._accounts[customer] = Account(
                Fleet(customer, number, self._seed_key, sims, oddities)
            )
        return self._accounts[customer]

    def account(self, customer: str) -> Account:
        """The customer's account, opened with a few SIMs where it is new."""
        return self.open_account(customer, OTHER_SIMS)

    def accounts(self) -> list[Account]:
        """All customers, the default one first."""
        return list(self._accounts.values())

    def owner_of(self, iccid: str) -> tuple[Account, int] | None:
        """Whose SIM this is or was, and its place; None: it never was anybody's."""
        place = place_of(self._seed_key, iccid)
        if place is None or place[0] >= len(self._accounts):
            return None
        account = list(self._accounts.values())[place[0]]
        index = account.fleet.index_of(iccid)
        return None if index is None else (account, index)

    def rotate(self, credentials: tuple[Credential, ...]) -> None:
        """Replace the accepted pairs, opening accounts of new customers."""
        for pair in credentials:
            self.account(pair.customer)
        self.tokens.replace_credentials(credentials)

    def next_order_number(self) -> int:
        """Order numbers rise by one."""
        self._next_order += 1
        return self._next_order - 1

    def record_applied(
        self,
        operation: str,
        sim: SimState,
        before: dict[str, object],
        now: float,
        after: dict[str, object] | None = None,
    ) -> None:
        """Journal a change that was accepted earlier and is real from now on."""
        iccid = sim.identity.iccid
        self.journal.add(
            Entry(
                at=now,
                method="APPLY",
                path=f"/sims/{iccid}",
                query="",
                operation=operation,
                version="",
                status=0,
                duration_ms=0.0,
                client_id=None,
                token=None,
                peer_port=None,
                write=Write(iccid, before, sim.writable() if after is None else after),
                paid=False,
                faults=(),
            )
        )

    def topup_is_due(self, now: float) -> bool:
        """Whether one of the daily rounds at 0, 4, 8, 12, 16, 20 h CET has passed; asks once."""
        current = self._topup_round(now)
        due, self._last_topup_check = current > self._last_topup_check, current
        return due

    @staticmethod
    def _topup_round(now: float) -> int:
        return math.floor((now + 3600) / (4 * 3600))
