"""What a call or a person can change of one SIM; identity and life of the device are computed."""

from dataclasses import dataclass, field
from typing import Any, Literal

from .clock import YEAR
from .identity import Identity
from .traffic import MIB, Profile, Service, Span, profile_of

Status = Literal["Enabled", "Disabled"]
Session = Literal["ONLINE", "ATTACHED", "OFFLINE", "BLOCKED"]
LIFETIME = 10 * YEAR
DATA_VOLUME_MB = 500.0
SMS_VOLUME = 250.0


@dataclass(slots=True)
class Meter:
    """Quota and consumption of one service; amounts are bytes or messages.

    ``used`` was consumed before ``since``; what came after is computed from ``spans``; ``extra`` is
    what came from outside, at a time each.
    """

    service: Service
    total: float
    accumulated: float
    last_added: float
    since: float
    changed: float
    spans: list[Span]
    used: float = 0.0
    extra: list[tuple[float, float]] = field(default_factory=list)


@dataclass(slots=True)
class RecordedEvent:
    """Something that happened to a SIM and was not computed: a call, a reset, a quota change."""

    at: float
    type_id: int
    description: str
    source: Literal["Network", "Policy Control", "API"]


@dataclass(slots=True)
class SimState:
    """One SIM as it is now; label and IMEI None: the field is missing in answers."""

    identity: Identity
    status: Status
    label: str | None
    imei_lock: bool
    imei: str | None
    ip_address: str
    attached: bool
    activated: float | None
    expiry: float
    profile: Profile
    data: Meter
    sms: Meter
    session: Session | None = None
    hidden_fields: frozenset[str] = frozenset()
    null_fields: frozenset[str] = frozenset()
    auto_topup: bool = False
    resets: int = 0
    reset_at: float | None = None
    events: list[RecordedEvent] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    messages_sent: int = 0

    def meter(self, service: Service) -> Meter:
        """The meter of a service."""
        return self.data if service == "data" else self.sms

    def expired(self, now: float) -> bool:
        """Whether the SIM's time is over."""
        return now >= self.expiry

    def writable(self) -> dict[str, object]:
        """The fields that the customer may write, as the journal shows them."""
        return {"status": self.status, "label": self.label, "imei_lock": self.imei_lock}

    def may_use(self, now: float) -> bool:
        """Whether the network lets the device in at all."""
        return self.attached and self.status == "Enabled" and not self.expired(now)


_NEVER_ATTACHED = (7, 17)
_HIDDEN: dict[int, frozenset[str]] = {
    7: frozenset({"imei", "activation_date"}),
    13: frozenset({"iccid_with_luhn", "imsi_2", "current_imsi"}),
    19: frozenset({"label"}),
}


def pristine(identity: Identity) -> SimState:
    """The SIM as its seed says, before anybody touched it."""
    oddity = identity.oddity
    attached = oddity not in _NEVER_ATTACHED
    profile: Profile = profile_of(identity.key) if attached else "silent"
    status = first_status(oddity)
    enabled = status == "Enabled"
    start = identity.activated
    expiry = identity.produced + LIFETIME
    return SimState(
        identity=identity,
        status=status,
        label=_first_label(identity, oddity),
        imei_lock=oddity == 5,
        imei=identity.imei if attached else None,
        ip_address=identity.ip_address,
        attached=attached,
        activated=start if attached else None,
        expiry=expiry,
        profile=profile,
        data=_meter("data", DATA_VOLUME_MB * MIB, start, profile, enabled and attached),
        sms=_meter("sms", SMS_VOLUME, start, profile, enabled and attached),
        hidden_fields=_HIDDEN.get(-1 if oddity is None else oddity, frozenset()),
        null_fields=frozenset({"imei", "activation_date"}) if oddity == 17 else frozenset(),
    )


def first_status(oddity: int | None) -> Status:
    """How a SIM of this kind begins."""
    return "Disabled" if oddity == 9 else "Enabled"


def _first_label(identity: Identity, oddity: int | None) -> str | None:
    if oddity == 19:
        return None
    return "" if oddity == 11 else identity.label


def _meter(service: Service, volume: float, start: float, profile: Profile, running: bool) -> Meter:
    spans = [Span(start, None, profile)] if running else []
    return Meter(service, volume, volume, volume, start, start, spans)
