"""What a simulated 1NCE is started with."""

import time
from dataclasses import dataclass, field
from typing import Literal

Omitted = Literal["keep", "reset"]

DEFAULT_CUSTOMER = "default"
DEMO_CLIENT_ID = "demo-client"
DEMO_CLIENT_SECRET = "demo-secret"  # noqa: S105 - a demonstration account that guards nothing


@dataclass(frozen=True, slots=True)
class Credential:
    """One accepted pair and the customer that it belongs to."""

    client_id: str
    client_secret: str = field(repr=False)
    customer: str = DEFAULT_CUSTOMER


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """The start of a simulated 1NCE; all but the seed can be steered later through ``/_control``.

    Attributes:
        sims: SIMs of the default customer.
        seed: The same seed gives the same SIMs and, at the same simulated time, the same figures.
        speed: Simulated seconds in a real second; 0 stands still.
        omitted: What PUT in v1 does with a ``label`` or ``imei_lock`` that is not sent.
        credentials: Accepted pairs; several may belong to one customer.
        start_time: Simulated time at the start, seconds since 1970 in UTC.
        token_lifetime: Real seconds.
        rate_limit: Calls of ``/sims`` in a real second and per customer; 0 lifts all rate limits.
        oddities: Whether every twentieth SIM lacks fields as real ones do.
    """

    sims: int = 60
    seed: int = 1
    speed: float = 1.0
    omitted: Omitted = "keep"
    credentials: tuple[Credential, ...] = (Credential(DEMO_CLIENT_ID, DEMO_CLIENT_SECRET),)
    start_time: float = field(default_factory=time.time)
    token_lifetime: float = 3600.0
    rate_limit: int = 10
    oddities: bool = True

    def __post_init__(self) -> None:
        """Refuse figures that cannot be simulated.

        Raises:
            ValueError: A figure is out of range; the text says which.
        """
        if not 0 <= self.sims <= 10_000_000:
            raise ValueError("sims must be between 0 and 10000000")
        if self.speed < 0 or self.token_lifetime <= 0 or self.rate_limit < 0:
            raise ValueError("speed, token lifetime and rate limit must not be negative")
        if self.omitted not in ("keep", "reset"):
            raise ValueError("omitted must be keep or reset")
