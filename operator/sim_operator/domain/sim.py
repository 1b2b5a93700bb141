"""A SIM as 1NCE shows it."""

from dataclasses import dataclass

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.states import ImeiLock, QuotaLevel, Session, SimState


@dataclass(frozen=True, slots=True)
class ObservedSim:
    """One SIM of a list or a single read.

    None means that 1NCE did not send the field (or sent null). Nothing is filled in: a missing IMEI
    lock is not an unlocked one.
    """

    iccid: Iccid
    state: SimState | None = None
    label: str | None = None
    imei_lock: ImeiLock | None = None
    imsi: str | None = None
    msisdn: str | None = None
    imei: str | None = None
    ip_address: str | None = None
    activated_at: str | None = None
    """RFC 3339 in UTC."""
    data_level: QuotaLevel | None = None
    sms_level: QuotaLevel | None = None


@dataclass(frozen=True, slots=True)
class QuotaReading:
    """What is left of a bought volume; bytes for data, messages for SMS."""

    remaining: int
    """May be negative: 1NCE books late."""
    total: int | None
    expires_at: str | None
    """RFC 3339 in UTC."""
    bought: int | None = None
    """Everything that was ever bought, top-ups too; version 1 does not say it."""
    last_added: int | None = None
    """The volume of the last top-up."""


@dataclass(frozen=True, slots=True)
class SimDetails:
    """What only a read per SIM tells; None where it was never read or 1NCE could not say."""

    data: QuotaReading | None = None
    sms: QuotaReading | None = None
    session: Session | None = None


@dataclass(frozen=True, slots=True)
class SimWrite:
    """What a SIM should become; None leaves a field as it is."""

    state: SimState | None = None
    label: str | None = None
    imei_lock: ImeiLock | None = None

    def __bool__(self) -> bool:
        """Whether anything is to be written."""
        return self.state is not None or self.label is not None or self.imei_lock is not None
