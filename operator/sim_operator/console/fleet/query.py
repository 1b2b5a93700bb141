"""Which SIMs, in which order, and which page of them.

A filter is a plain run over the rows: ten thousand take a few milliseconds, and there is no index
that could disagree with the cache.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from sim_operator.api.meta import LabelSelector
from sim_operator.console.fleet.rows import SimRow
from sim_operator.domain.selector import matches

MOST_ROWS: Final = 500
"""Rows of a page."""
LONGEST_TEXT: Final = 200
_WORDS: Final = 8
UNKNOWN: Final = "Unknown"
"""In place of a state or session that is not known."""


@dataclass(frozen=True, slots=True)
class SimFilter:
    """What a SIM has to be; None: anything. Texts are compared as a whole, but for `text`."""

    namespace: str | None = None
    selector: LabelSelector | None = None
    policy: str | None = None
    """The name of the QuotaPolicy that decides; `""`: none does."""
    account: str | None = None
    """`namespace/name`."""
    state: str | None = None
    """Enabled, Disabled or Unknown."""
    session: str | None = None
    """Online, Attached, Offline, Blocked or Unknown."""
    reason: str | None = None
    """The reason of any condition."""
    ready: str | None = None
    """The status of Ready: True, False or Unknown."""
    text: str | None = None
    """Words, each of which is in the name, namespace, ICCID, label, labels, IMEI, IP, IMSI or
    MSISDN."""


class Column(StrEnum):
    """What SIMs can be put in order by."""

    NAME = "name"
    NAMESPACE = "namespace"
    ICCID = "iccid"
    LABEL = "label"
    STATE = "state"
    SESSION = "session"
    ACCOUNT = "account"
    POLICY = "policy"
    READY = "ready"
    REASON = "reason"
    SINCE = "since"
    DATA_LEFT = "dataLeft"
    DATA_USED = "dataUsed"
    SMS_LEFT = "smsLeft"
    SMS_USED = "smsUsed"
    EXHAUSTS_AT = "exhaustsAt"
    EXPIRES_AT = "expiresAt"
    IMEI = "imei"
    IP_ADDRESS = "ipAddress"
    CREATED_AT = "createdAt"


_VALUES: Final[Mapping[Column, Callable[[SimRow], Any]]] = MappingProxyType(
    {
        Column.NAME: lambda row: row.key.name,
        Column.NAMESPACE: lambda row: row.key.namespace,
        Column.ICCID: lambda row: row.iccid,
        Column.LABEL: lambda row: row.label or row.wished.label,
        Column.STATE: lambda row: row.state,
        Column.SESSION: lambda row: row.session,
        Column.ACCOUNT: lambda row: row.account,
        Column.POLICY: lambda row: row.policy.name if row.policy else None,
        Column.READY: lambda row: row.ready.status if row.ready else None,
        Column.REASON: lambda row: row.reason,
        Column.SINCE: lambda row: row.ready.since if row.ready else None,
        Column.DATA_LEFT: lambda row: row.data.remaining if row.data else None,
        Column.DATA_USED: lambda row: row.usage.data if row.usage else None,
        Column.SMS_LEFT: lambda row: row.sms.remaining if row.sms else None,
        Column.SMS_USED: lambda row: row.usage.sms if row.usage else None,
        Column.EXHAUSTS_AT: lambda row: row.policy.exhausts_at if row.policy else None,
        Column.EXPIRES_AT: lambda row: row.data.expires_at if row.data else None,
        Column.IMEI: lambda row: row.imei,
        Column.IP_ADDRESS: lambda row: row.ip_address,
        Column.CREATED_AT: lambda row: row.created_at,
    }
)


@dataclass(frozen=True, slots=True)
class Order:
    """By a column; equal rows by namespace and name. What is not known comes last either way."""

    column: Column = Column.NAME
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SimPage:
    """A part of what was found."""

    rows: tuple[SimRow, ...]
    total: int
    """Found in all."""
    page: int
    """From 1."""
    size: int

    @property
    def pages(self) -> int:
        """How many there are, at least one."""
        return max(1, -(-self.total // self.size))


def found(rows: Iterable[SimRow], wanted: SimFilter) -> list[SimRow]:
    """The rows that fit."""
    tests = _tests(wanted)
    return [row for row in rows if all(test(row) for test in tests)]


def ordered(rows: Sequence[SimRow], order: Order) -> list[SimRow]:
    """The rows in order."""
    value = _VALUES[order.column]
    known = [row for row in rows if value(row) is not None]
    unknown = [row for row in rows if value(row) is None]
    known.sort(key=_by_key)
    known.sort(key=value, reverse=order.descending)
    unknown.sort(key=_by_key)
    return known + unknown


def paged(rows: Sequence[SimRow], page: int, size: int) -> SimPage:
    """One page; one behind the last is empty. `size` is at most `MOST_ROWS`."""
    size = max(1, min(size, MOST_ROWS))
    begin = (max(1, page) - 1) * size
    return SimPage(tuple(rows[begin : begin + size]), len(rows), max(1, page), size)


def _by_key(row: SimRow) -> tuple[str, str]:
    return row.key


def _tests(wanted: SimFilter) -> list[Callable[[SimRow], bool]]:
    tests: list[Callable[[SimRow], bool]] = []
    if wanted.namespace is not None:
        tests.append(lambda row: row.key.namespace == wanted.namespace)
    if wanted.state is not None:
        tests.append(lambda row: (row.state or UNKNOWN) == wanted.state)
    if wanted.session is not None:
        tests.append(lambda row: (row.session or UNKNOWN) == wanted.session)
    if wanted.ready is not None:
        tests.append(lambda row: (row.ready.status if row.ready else UNKNOWN) == wanted.ready)
    if wanted.account is not None:
        tests.append(lambda row: row.account == wanted.account)
    if wanted.policy is not None:
        tests.append(lambda row: (row.policy.name if row.policy else "") == wanted.policy)
    if wanted.reason is not None:
        tests.append(lambda row: any(one.reason == wanted.reason for one in row.conditions))
    if (selector := wanted.selector) is not None:
        tests.append(lambda row: matches(selector, row.labels))
    words = (wanted.text or "").lower().split()[:_WORDS]
    tests.extend(_has(word) for word in words)
    return tests


def _has(word: str) -> Callable[[SimRow], bool]:
    def test(row: SimRow) -> bool:
        return (
            word in row.text
            or word in row.key.namespace
            or any(word in f"{key}={value}".lower() for key, value in row.labels.items())
        )

    return test
