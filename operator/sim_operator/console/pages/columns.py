"""The columns of the list of SIMs: which there are, which are shown at first, what each shows.

A cell is made of one row and nothing else, so a list costs what it shows, however large the fleet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sim_operator.console.fleet import Column, SimRow
from sim_operator.console.pages import figures, words


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column shows of one SIM."""

    text: str
    tone: str | None = None
    """Where it is a state: shown as a mark."""
    moment: str | None = None
    """Where it is a moment: RFC 3339."""
    share: int | None = None
    """Where it is a part of a limit: percent."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column as the page shows it."""

    column: Column
    title: str
    made: Callable[[SimRow], Cell]
    figure: bool = False
    """Numbers stand to the right."""
    tight: bool = False
    """Never broken into lines."""


def _word(word: words.Word) -> Cell:
    return Cell(word.text, word.tone)


def _plain(text: str | None) -> Cell:
    return Cell(text or "")


def _policy(row: SimRow) -> Cell:
    return Cell("" if row.policy is None else row.policy.name)


def _data_left(row: SimRow) -> Cell:
    if row.data is None or row.data.remaining is None:
        return Cell("")
    return Cell(figures.data(row.data.remaining))


def _data_used(row: SimRow) -> Cell:
    if row.usage is None or row.usage.data is None:
        return Cell("")
    return Cell(figures.data(row.usage.data))


def _sms_left(row: SimRow) -> Cell:
    known = row.sms is not None and row.sms.remaining is not None
    return Cell(figures.count(row.sms.remaining) if row.sms is not None and known else "")


def _sms_used(row: SimRow) -> Cell:
    known = row.usage is not None and row.usage.sms is not None
    return Cell(figures.count(row.usage.sms) if row.usage is not None and known else "")


def _reason(row: SimRow) -> Cell:
    ready = row.ready
    return _word(words.ready(ready.status if ready else None, ready.reason if ready else None))


def _day(moment: str | None) -> Cell:
    return Cell(figures.day(moment) if moment else "")


def _moment(moment: str | None) -> Cell:
    return Cell("", moment=moment)


_COLUMNS: Final = (
    Shown(Column.NAMESPACE, "Namespace", lambda row: Cell(row.namespace)),
    Shown(Column.ICCID, "ICCID", lambda row: Cell(row.iccid), tight=True),
    Shown(Column.LABEL, "Label", lambda row: _plain(row.label or row.wished.label)),
    Shown(Column.STATE, "State", lambda row: _word(words.state(row.state)), tight=True),
    Shown(Column.SESSION, "Session", lambda row: _word(words.session(row.session)), tight=True),
    Shown(Column.REASON, "Ready", _reason, tight=True),
    Shown(Column.SINCE, "Since", lambda row: _moment(row.ready.since if row.ready else None)),
    Shown(Column.DATA_USED, "Data used", _data_used, figure=True),
    Shown(Column.DATA_LEFT, "Data left", _data_left, figure=True),
    Shown(Column.SMS_USED, "SMS used", _sms_used, figure=True),
    Shown(Column.SMS_LEFT, "SMS left", _sms_left, figure=True),
    Shown(Column.POLICY, "Policy", _policy),
    Shown(
        Column.EXHAUSTS_AT,
        "Limit reached",
        lambda row: _day(row.policy.exhausts_at if row.policy else None),
        tight=True,
    ),
    Shown(
        Column.EXPIRES_AT,
        "Volume expires",
        lambda row: _day(row.data.expires_at if row.data else None),
        tight=True,
    ),
    Shown(Column.ACCOUNT, "Account", lambda row: _plain(row.account)),
    Shown(Column.IMEI, "IMEI", lambda row: _plain(row.imei), tight=True),
    Shown(Column.IP_ADDRESS, "IP address", lambda row: _plain(row.ip_address), tight=True),
    Shown(Column.CREATED_AT, "Created", lambda row: _moment(row.created_at)),
)
ALL: Final[Mapping[Column, Shown]] = MappingProxyType({one.column: one for one in _COLUMNS})
"""Every column but the name, which always comes first, in the order in which they stand."""
FIRST: Final = (
    Column.NAMESPACE,
    Column.ICCID,
    Column.STATE,
    Column.SESSION,
    Column.REASON,
    Column.DATA_USED,
    Column.DATA_LEFT,
    Column.POLICY,
)
"""Shown where nobody has chosen."""


def chosen(names: Sequence[str]) -> tuple[Shown, ...]:
    """The columns of these names, in the order of the page; `FIRST` where none is known."""
    wanted = {one for one in ALL if one.value in names}
    return tuple(ALL[one] for one in ALL if one in (wanted or set(FIRST)))
