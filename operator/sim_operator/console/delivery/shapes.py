"""Deliveries on the wire, within bounds: whoever sends is known, and may be wrong all the same."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter, model_validator

from sim_operator.api.meta import WireModel
from sim_operator.domain.usage import Service
from sim_operator.history import Part, Reading

MOST_READINGS: Final = 500
MOST_PARTS: Final = 500
MOST_ICCIDS: Final = 1000
_LONGEST_SPAN: Final = timedelta(days=400)
_CLOCKS_DIFFER: Final = timedelta(minutes=10)
_LONGEST_AHEAD: Final = timedelta(days=1)
"""Of a record that the operator believes."""
_OLDEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_DNS = "[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"
_LABEL = r"^[A-Za-z0-9]([A-Za-z0-9._/-]{0,315}[A-Za-z0-9])?$"

Account = Annotated[str, StringConstraints(max_length=317, pattern=f"^{_DNS}/{_DNS}$")]
IccidText = Annotated[str, StringConstraints(pattern="^[0-9]{19}$")]
Name = Annotated[str, StringConstraints(max_length=253, pattern=f"^{_DNS}$")]
LabelKey = Annotated[str, StringConstraints(max_length=317, pattern=_LABEL)]
LabelValue = Annotated[str, StringConstraints(max_length=63, pattern="^[A-Za-z0-9._-]*$")]
Known = Annotated[int, Field(ge=0, lt=2**53)]
"""So that the sum of any fleet fits into 64 bits."""
Figure = Known | None


class _Span(WireModel):
    """From one day to another, both included."""

    first: date
    last: date

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if not timedelta(0) <= self.last - self.first <= _LONGEST_SPAN:
            raise ValueError(
                f"'first' is not before 'last', or more than {_LONGEST_SPAN.days} days"
            )
        return self


class DeliveredReading(_Span):
    """One reading of one SIM; a day of the span that `days` lacks had no use."""

    iccid: IccidText
    namespace: Name
    name: Name
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict, max_length=128)
    policy: Name | None = None
    read_at: AwareDatetime
    days: dict[date, tuple[Figure, Figure]]

    @model_validator(mode="after")
    def _days_are_of_the_span(self) -> Self:
        if any(not self.first <= day <= self.last for day in self.days):
            raise ValueError("a day is outside of 'first' to 'last'")
        return self

    def reading(self) -> Reading:
        """As the history takes it."""
        return Reading(
            iccid=self.iccid,
            namespace=self.namespace,
            name=self.name,
            labels=self.labels,
            policy=self.policy,
            read_at=self.read_at,
            first=self.first,
            last=self.last,
            days=self.days,
        )


class Delivery(WireModel):
    """Readings of SIMs of one account."""

    account: Account
    readings: Annotated[list[DeliveredReading], Field(max_length=MOST_READINGS)]


class DeliveredPart(WireModel):
    """One record of the Data Streamer."""

    iccid: IccidText
    namespace: Name
    id: Annotated[int, Field(ge=0, lt=2**63)]
    service: Service
    start: Annotated[AwareDatetime, Field(ge=_OLDEST)]
    end: AwareDatetime
    volume: Known

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.start > self.end:
            raise ValueError("'start' is after 'end'")
        return self

    def part(self) -> Part:
        """As the history takes it."""
        return Part(
            iccid=self.iccid,
            id=self.id,
            service=self.service.value,
            start=self.start,
            end=self.end,
            volume=self.volume,
            namespace=self.namespace,
        )


class PartDelivery(WireModel):
    """Records of SIMs of one account."""

    account: Account
    parts: Annotated[list[DeliveredPart], Field(max_length=MOST_PARTS)]


class Question(_Span):
    """What is missing of these SIMs."""

    account: Account
    iccids: Annotated[list[IccidText], Field(max_length=MOST_ICCIDS)]


class Missing(WireModel):
    """The first and last missing day of each SIM that has one."""

    missing: dict[str, tuple[date, date]]


DELIVERY: Final = TypeAdapter(Delivery)
PARTS: Final = TypeAdapter(PartDelivery)
QUESTION: Final = TypeAdapter(Question)


def is_ahead(delivery: Delivery, now: datetime) -> bool:
    """Whether a reading is from the future: such a one could never be replaced by a later one."""
    return any(one.read_at > now + _CLOCKS_DIFFER for one in delivery.readings)


def ends_ahead(delivery: PartDelivery, now: datetime) -> bool:
    """Whether a record is from a future that is none: it would be kept for ever."""
    return any(one.end > now + _LONGEST_AHEAD + _CLOCKS_DIFFER for one in delivery.parts)
