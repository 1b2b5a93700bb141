"""SIM cards as 1NCE has them, and the calls that read and write them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimWrite
from sim_operator.domain.states import ImeiLock, SimState
from sim_operator.domain.usage import DayUsage, Service, UsageReading
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.wire import Page

PAGE = 100
_GRANTED = {Service.DATA: 10**12, Service.SMS: 10**6}


@dataclass(frozen=True, slots=True)
class Use:
    """What a card used in one go."""

    at: datetime
    service: Service
    volume: int


@dataclass
class Card:
    """One SIM at 1NCE; its state is the truth."""

    iccid: Iccid
    state: SimState = SimState.ENABLED
    label: str = "pump"
    present: bool = True
    activated: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    uses: list[Use] = field(default_factory=list)
    bought: dict[Service, int] = field(default_factory=lambda: dict(_GRANTED))
    tells_bought: bool = True
    silent: bool = False
    """Its figures cannot be read."""
    lag: timedelta = timedelta(0)
    """How late 1NCE books what was used."""
    writes: list[tuple[datetime, SimState]] = field(default_factory=list)
    """Changes of the state that the operator made."""
    was_shown: bool = True
    """False: somebody switched it in the portal, and the operator has not read it since."""

    def use(self, at: datetime, service: Service, volume: int) -> None:
        """Use some; a card that is off cannot."""
        assert self.state is SimState.ENABLED, f"{self.iccid} is off and cannot use anything"
        self.uses.append(Use(at, service, volume))

    def used(self, service: Service, begin: datetime, end: datetime) -> int:
        """What was truly used between two moments."""
        return sum(
            one.volume for one in self.uses if one.service is service and begin <= one.at < end
        )

    def booked(self, now: datetime) -> Iterable[Use]:
        """What 1NCE knows of by now."""
        return (one for one in self.uses if one.at + self.lag <= now)

    def shown(self) -> ObservedSim:
        """As the list shows it."""
        return ObservedSim(
            self.iccid,
            state=self.state,
            label=self.label,
            imei_lock=ImeiLock.UNLOCKED,
            activated_at=self.activated.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )


class LabClient:
    """The calls to 1NCE that the operator makes."""

    def __init__(self, now: Callable[[], datetime], written: Callable[[Card, SimState], None]):
        """`written` is told of each change of a card's state right before it happens."""
        self.cards: dict[Iccid, Card] = {}
        self.takes_writes = True
        """False: each write fails, and has no effect."""
        self.shows_writes = True
        """False: a write is done, and reading the SIM fails."""
        self._now = now
        self._written = written

    async def read_page(self, number: int) -> Page:
        """One page of the list."""
        present = [card for card in self.cards.values() if card.present]
        part = present[(number - 1) * PAGE : number * PAGE]
        for card in part:
            card.was_shown = True
        return Page(tuple(card.shown() for card in part), None, None, 0)

    async def read_sim(
        self, iccid: Iccid, *, lane: object = None, priority: int = 0
    ) -> ObservedSim:
        """One SIM."""
        if not self.shows_writes:
            raise _trouble(FailureKind.UNAVAILABLE)
        card = self._card(iccid)
        card.was_shown = True
        return card.shown()

    async def read_usage(
        self, iccid: Iccid, first: date, last: date, *, now: datetime, lane: object
    ) -> UsageReading:
        """The days, those without use left out."""
        card = self._heard(iccid)
        days: dict[date, dict[Service, int]] = {}
        for one in card.booked(now):
            day = one.at.astimezone(UTC).date()
            if first <= day <= last:
                of_day = days.setdefault(day, dict.fromkeys(Service, 0))
                of_day[one.service] += one.volume
        told = {day: DayUsage(of[Service.DATA], of[Service.SMS]) for day, of in days.items()}
        return UsageReading(now, first, last, told)

    async def read_quota(self, iccid: Iccid, service: Service, *, lane: object) -> QuotaReading:
        """What is left."""
        card = self._heard(iccid)
        used = sum(one.volume for one in card.booked(self._now()) if one.service is service)
        bought = card.bought[service]
        told = bought if card.tells_bought else None
        return QuotaReading(bought - used, bought, None, told)

    async def write_sim(
        self,
        iccid: Iccid,
        change: SimWrite,
        *,
        permit: Callable[[], None],
        priority: int,
        current: ObservedSim | None,
    ) -> SimWrite | None:
        """Change what differs."""
        card = self._card(iccid)
        seen = current or card.shown()
        state = change.state if change.state != seen.state else None
        label = change.label if change.label != seen.label else None
        if state is None and label is None:
            return None
        permit()
        if not self.takes_writes:
            raise _trouble(FailureKind.UNAVAILABLE)
        if state is not None:
            self._written(card, state)
            card.writes.append((self._now(), state))
            card.state = state
        if label is not None:
            card.label = label
        return SimWrite(state=state, label=label)

    def _card(self, iccid: Iccid) -> Card:
        card = self.cards.get(iccid)
        if card is None or not card.present:
            raise _trouble(FailureKind.NOT_FOUND)
        return card

    def _heard(self, iccid: Iccid) -> Card:
        card = self._card(iccid)
        if card.silent:
            raise _trouble(FailureKind.FORBIDDEN)
        return card


def _trouble(kind: FailureKind) -> OnenceError:
    return OnenceError(Failure(kind, "1NCE says no."))
