"""Who a SIM is: every lasting fact of it, computed from seed and place in the fleet.

Nothing is stored: an ICCID contains the customer's number and the place in the fleet, so that a SIM
is found from its ICCID by arithmetic.
"""

from dataclasses import dataclass
from functools import cached_property

from .clock import DAY

_MASK = (1 << 64) - 1
ISSUER = "8988303"
_RANGE = 10**11
PRODUCTION_START = 1_672_531_200.0  # 2023-01-01, the first SIM leaves the factory
_PRODUCTION_DAYS = 1_000.0
_KINDS = ("meter", "pump", "tracker", "gate", "sensor")


def mix(key: int, salt: int) -> int:
    """64 well-mixed bits from a key and a salt (splitmix64): the one source of chance here."""
    z = (key + salt * 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def unit(key: int, salt: int) -> float:
    """A number in [0, 1)."""
    return mix(key, salt) / 2.0**64


def luhn_digit(digits: str) -> str:
    """The check digit that completes ``digits``."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        value = int(character) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


@dataclass(frozen=True)
class Identity:
    """The lasting facts of one SIM; dates are seconds since 1970."""

    index: int
    customer_number: int
    seed_key: int
    oddities: bool

    @cached_property
    def key(self) -> int:
        """What all chance of this SIM derives from."""
        return mix(self.seed_key ^ (self.customer_number << 56), self.index + 1)

    @cached_property
    def iccid(self) -> str:
        """19 digits."""
        return iccid_of(self.seed_key, self.customer_number, self.index)

    @property
    def iccid_with_luhn(self) -> str:
        """20 digits."""
        return self.iccid + luhn_digit(self.iccid)

    @property
    def oddity(self) -> int | None:
        """Which of the twenty kinds of SIM this is; None without oddities."""
        return self.index % 20 if self.oddities else None

    @property
    def imsi(self) -> str:
        """The IMSI for the normal network."""
        return f"90140{self._serial:010d}"

    @property
    def second_imsi(self) -> str:
        """The IMSI for the second network."""
        return f"90143{self._serial:010d}"

    @property
    def msisdn(self) -> str:
        """The MSISDN, 15 digits."""
        return f"88228{self._serial:010d}"

    @property
    def _serial(self) -> int:
        return (self.customer_number * 10**9 + mix(self.seed_key, 11) % 10**8 + self.index) % 10**10

    @property
    def ip_address(self) -> str:
        """The fixed private address: 100.64.0.0/10 in the order of the fleet."""
        number = (self.index + 1) % (1 << 22)
        return f"100.{64 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"

    @property
    def imei(self) -> str:
        """The device's IMEI: mostly 16 digits (with software version), some 15, some 15 and f."""
        fifteen = f"35{mix(self.key, 1) % 10**12:012d}"
        fifteen += luhn_digit(fifteen)
        form = mix(self.key, 2) % 20
        if form < 3:
            return fifteen + "f"
        if form < 6:
            return fifteen
        return fifteen[:14] + f"{mix(self.key, 3) % 100:02d}"

    @property
    def produced(self) -> float:
        """When the SIM was made; its ten years count from here."""
        return float(int(PRODUCTION_START + unit(self.key, 4) * _PRODUCTION_DAYS * DAY))

    @property
    def activated(self) -> float:
        """When its device first attached."""
        return float(int(self.produced + (0.2 + unit(self.key, 5) * 30) * DAY))

    @property
    def label(self) -> str:
        """The label that the customer gave first."""
        return f"{_KINDS[mix(self.key, 6) % len(_KINDS)]}-{self.index:05d}"

    @property
    def numbers(self) -> int:
        """A positive base for the internal numbers that 1NCE shows (endpoint, SIM, order)."""
        return 10_000_000 * self.customer_number + 100_000 + self.index


def iccid_of(seed_key: int, customer_number: int, index: int) -> str:
    """The 19-digit ICCID of a place in a customer's fleet."""
    offset = mix(seed_key, 7) % (_RANGE // 2)
    return f"{ISSUER}{customer_number * _RANGE + offset + index:012d}"


def place_of(seed_key: int, iccid: str) -> tuple[int, int] | None:
    """Customer number and place in the fleet, or None for what cannot be one of ours."""
    if len(iccid) != 19 or not iccid.isascii() or not iccid.isdigit():
        return None
    if not iccid.startswith(ISSUER):
        return None
    customer_number, rest = divmod(int(iccid[len(ISSUER) :]), _RANGE)
    index = rest - mix(seed_key, 7) % (_RANGE // 2)
    return (customer_number, index) if index >= 0 else None
