"""1NCE's JSON, read tolerantly: what both versions of the API have in common.

1NCE's specification marks no field as required, writes dates in four forms and numbers as text.
What is missing, null or of an unknown word becomes None; it is never filled with a default.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import TypeVar
from urllib.parse import quote as percent_encoded

from sim_operator.domain import iccid as iccids
from sim_operator.domain import volume
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, QuotaReading
from sim_operator.domain.states import ImeiLock, QuotaLevel, Session, SimState
from sim_operator.domain.usage import Service

Word = TypeVar("Word", bound=StrEnum)

_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_MOST = {Service.DATA: 2**50, Service.SMS: 10**9}
"""A pebibyte, a billion messages: no SIM carries more in its life."""
_LEVELS_BY_ID = {0: QuotaLevel.SUFFICIENT, 1: QuotaLevel.LOW, 2: QuotaLevel.EXHAUSTED}
_LEVELS_BY_TEXT = {
    "more than": QuotaLevel.SUFFICIENT,
    "less than": QuotaLevel.LOW,
    "no volume": QuotaLevel.EXHAUSTED,
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list of SIMs."""

    sims: tuple[ObservedSim, ...]
    total: int | None
    """SIMs of the account, as the header says; None where it does not."""
    pages: int | None
    unreadable: int
    """Items without a readable ICCID."""


def sim_path(prefix: str, iccid: Iccid, *more: str) -> str:
    """The path of one SIM, or of a part of it."""
    return "/".join((prefix, percent_encoded(iccid, safe=""), *more))


def text(value: object) -> str | None:
    """Text as 1NCE sent it, empty text too; a whole number becomes its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return None
    if value.isascii():
        return value
    # half a surrogate pair can neither be shown nor sent back
    return None if any("\ud800" <= char <= "\udfff" for char in value) else value


def nonempty(value: object) -> str | None:
    """Text without surrounding blanks; None where nothing is left."""
    return (text(value) or "").strip() or None


def imei(value: object) -> str | None:
    """An IMEI or IMEISV without the filler `f` that some operators append."""
    return (nonempty(value) or "").rstrip("fF") or None


def number(value: object) -> float | None:
    """A finite number, also where it came as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = float(value) if _NUMBER.fullmatch(value.strip()) else None
    if isinstance(value, (int, float)):
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None
    return None


def whole(value: object) -> int | None:
    """A whole number, rounded down."""
    found = number(value)
    return None if found is None else math.floor(found)


def flag(value: object) -> bool | None:
    """True or false, also as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return None


def word(value: object, of: type[Word]) -> Word | None:
    """A member of `of`, whatever its case; None for an unknown one."""
    found = nonempty(value)
    if found is None:
        return None
    known: Mapping[str, Word] = _words(of)
    return known.get(found.lower())


@cache
def _words(of: type[Word]) -> Mapping[str, Word]:
    return {member.value.lower(): member for member in of}


def instant(value: object) -> str | None:
    """A moment in RFC 3339 and UTC without fraction; a time without zone is taken as UTC."""
    found = nonempty(value)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(found)
        if moment.tzinfo not in (None, UTC):
            moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year < 1000:
        return None
    return f"{moment.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def fields(value: object) -> Mapping[str, object]:
    """The members of a JSON object; none where it is something else."""
    return value if isinstance(value, dict) else {}


def level(value: object) -> QuotaLevel | None:
    """How much is left, from `quota_status`; its words count before its number."""
    members = fields(value)
    words = (nonempty(members.get("description")) or "").lower()
    for start, found in _LEVELS_BY_TEXT.items():
        if words.startswith(start):
            return found
    by_id = number(members.get("id"))
    return None if by_id is None else _LEVELS_BY_ID.get(int(by_id))


def sim(value: object) -> ObservedSim | None:
    """One SIM; None where its ICCID cannot be read."""
    members = fields(value)
    iccid = iccids.observed(nonempty(members.get("iccid")) or "")
    if iccid is None:
        return None
    locked = flag(members.get("imei_lock"))
    return ObservedSim(
        iccid=iccid,
        state=word(members.get("status"), SimState),
        label=text(members.get("label")),
        imei_lock=None if locked is None else (ImeiLock.LOCKED if locked else ImeiLock.UNLOCKED),
        imsi=nonempty(members.get("imsi")),
        msisdn=nonempty(members.get("msisdn")),
        imei=imei(members.get("imei")),
        ip_address=nonempty(members.get("ip_address")),
        activated_at=instant(members.get("activation_date")),
        data_level=level(members.get("quota_status")),
        sms_level=level(members.get("quota_status_SMS")),
    )


def page(items: list[object], headers: Mapping[str, str]) -> Page:
    """A page of the list and what its headers say of the whole; `headers` ignores case."""
    sims = tuple(found for found in map(sim, items) if found is not None)
    return Page(
        sims=sims,
        total=_count(headers.get("x-total-count")),
        pages=_count(headers.get("x-total-pages")),
        unreadable=len(items) - len(sims),
    )


def quota(value: object, service: Service) -> QuotaReading | None:
    """A quota in bytes (1NCE sends MB) or messages; None where it says no volume."""
    members = fields(value)
    remaining = amount(members.get("volume"), service)
    if remaining is None:
        return None
    return QuotaReading(
        remaining=remaining,
        total=amount(members.get("total_volume"), service),
        expires_at=instant(members.get("expiry_date")),
        bought=volume_of(members.get("accumulated_total_volume"), service),
        last_added=volume_of(members.get("last_volume_added"), service),
    )


def session(value: object) -> Session | None:
    """How the SIM stands on the network, from the word for it."""
    return word(value, Session)


def amount(value: object, service: Service) -> int | None:
    """Bytes of a volume in MB, or messages; negative where 1NCE says so."""
    if service is Service.SMS:
        return whole(value)
    megabytes = number(value)
    return None if megabytes is None else volume.from_megabytes(megabytes)


def volume_of(value: object, service: Service) -> int | None:
    """An amount that makes sense as something used or bought; None where it makes none."""
    found = amount(value, service)
    return found if found is not None and 0 <= found <= _MOST[service] else None


def _count(value: str | None) -> int | None:
    found = whole(value)
    return found if found is not None and found >= 0 else None
