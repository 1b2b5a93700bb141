"""Batches of 1NCE's Data Streamer: usage and event records, nested (classic) and flat.

Both shapes may come in one batch, since two streams may share an address. A record that cannot be
read is counted and never makes the batch fail: 1NCE would send it again and again, and everything
behind it would wait. What is lost that way the polled figures bring.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson

from sim_operator.domain import iccid as iccids
from sim_operator.domain import volume
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.usage import Service, StreamedUse
from sim_operator.onence.wire import fields, number

MOST_RECORDS = 10_000
"""1NCE documents 3000 to a batch; what is a little more is read, too, rather than never taken."""
MOST_VALUES = 100 * MOST_RECORDS
"""Of all records together; the largest kind of record has about fifty."""

_SERVICES_BY_ID = {5: Service.DATA, 6: Service.SMS}
_SERVICES_BY_WORD = {"data": Service.DATA, "sms": Service.SMS}
_LARGEST_ID = 2**63 - 1
_LARGEST_VOLUME = 2**63 - 1
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TELLING_TYPES = frozenset(
    {
        *(3, 5),  # PDP context created, deleted
        *(8, 9),  # SIM activated, suspended
        *(18, 19, 20, 21),  # quota of data or messages low, used up
    }
)


class UnreadableBodyError(ValueError):
    """The body is no batch of records; the message says why, and holds nothing of the body."""


class TooManyRecordsError(UnreadableBodyError):
    """The batch is far larger than 1NCE sends them."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event record."""

    id: int
    type_id: int
    iccid: Iccid | None
    """None: the event is about the account, not about a SIM."""
    at: datetime

    @property
    def telling(self) -> bool:
        """Whether state, session or quota of the SIM changed, so that a look at it pays."""
        return self.iccid is not None and self.type_id in _TELLING_TYPES


@dataclass(frozen=True, slots=True)
class Batch:
    """One delivery. `size` records came; `unreadable` of them are in neither list."""

    uses: tuple[tuple[Iccid, StreamedUse], ...]
    events: tuple[StreamEvent, ...]
    unreadable: int
    size: int


def read_batch(body: bytes) -> Batch:
    """The records of a JSON array, or of a single object, in the order in which they came.

    Raises:
        TooManyRecordsError: more than `MOST_RECORDS`, or than their `MOST_VALUES`.
        UnreadableBodyError: no JSON, or neither an array nor an object.
    """
    records = _records(body)
    uses: list[tuple[Iccid, StreamedUse]] = []
    events: list[StreamEvent] = []
    for record in records:
        members = fields(record)
        use = _use(members)
        if use is not None:
            uses.append(use)
            continue
        event = _event(members)
        if event is not None:
            events.append(event)
    unreadable = len(records) - len(uses) - len(events)
    return Batch(tuple(uses), tuple(events), unreadable, len(records))


def _records(body: bytes) -> list[object]:
    # Before it is parsed: 32 MiB of empty lists become a gigabyte of objects.
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise TooManyRecordsError(f"the batch has more values than {MOST_RECORDS} records have")
    try:
        found = orjson.loads(body.removeprefix(_BYTE_ORDER_MARK))
    except orjson.JSONDecodeError:
        # Its text would quote the body.
        raise UnreadableBodyError("the body is no JSON") from None
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        raise UnreadableBodyError("the body is neither a JSON array of records nor one record")
    if len(found) > MOST_RECORDS:
        raise TooManyRecordsError(
            f"the batch has {len(found)} records; more than {MOST_RECORDS} are not taken at once"
        )
    return found


def _use(members: Mapping[str, object]) -> tuple[Iccid, StreamedUse] | None:
    service = _service(members)
    if service is None:
        return None
    identifier, iccid = _id(members.get("id")), _iccid(members)
    first, last = _moment(members.get("start_timestamp")), _moment(members.get("end_timestamp"))
    start, end = first or last, last or first
    amount = _volume(members, service)
    if identifier is None or iccid is None or start is None or end is None or amount is None:
        return None
    # 1NCE's own example has them the wrong way round.
    start, end = min(start, end), max(start, end)
    return iccid, StreamedUse(identifier, service, start, end, amount)


def _event(members: Mapping[str, object]) -> StreamEvent | None:
    identifier = _id(members.get("id"))
    type_id = _id(_nested(members, "event_type", "id"))
    at = _moment(members.get("timestamp"))
    if identifier is None or type_id is None or at is None:
        return None
    return StreamEvent(identifier, type_id, _iccid(members), at)


def _nested(members: Mapping[str, object], name: str, part: str) -> object:
    """`name.part` of the classic shape, else `name_part` of the flat one."""
    found = fields(members.get(name)).get(part)
    return members.get(f"{name}_{part}") if found is None else found


def _service(members: Mapping[str, object]) -> Service | None:
    by_id = _id(_nested(members, "traffic_type", "id"))
    if by_id is not None:
        return _SERVICES_BY_ID.get(by_id)
    words = _text(_nested(members, "traffic_type", "description"))
    return _SERVICES_BY_WORD.get(words.lower())


def _iccid(members: Mapping[str, object]) -> Iccid | None:
    """1NCE names endpoints after the ICCID; the flat shape has it nowhere else."""
    return (
        iccids.observed(_text(_nested(members, "sim", "iccid")))
        or iccids.observed(_text(members.get("iccid")))
        or iccids.observed(_text(_nested(members, "endpoint", "name")))
    )


def _volume(members: Mapping[str, object], service: Service) -> int | None:
    """Bytes or messages; None where there is none, or one that cannot be."""
    amount = number(_nested(members, "volume", "total"))
    if amount is None:
        parts = [number(_nested(members, "volume", part)) for part in ("rx", "tx")]
        known = [part for part in parts if part is not None]
        if not known:
            return None
        amount = sum(known)
    # The bound keeps a sum of records a number that every consumer can hold.
    if not 0 <= amount <= _LARGEST_VOLUME / volume.MEBIBYTE:
        return None
    return volume.from_megabytes(amount) if service is Service.DATA else round(amount)


def _text(value: object) -> str:
    """Text without surrounding blanks, also of a whole number; empty for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _id(value: object) -> int | None:
    """A whole number that is not negative, also as text; 64 bits, so never by way of a float."""
    if isinstance(value, str):
        digits = value.strip()
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _LARGEST_ID else None


def _moment(value: object) -> datetime | None:
    """A moment in UTC; without a zone it is taken as UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year >= 2000 else None
