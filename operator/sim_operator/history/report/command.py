"""`sim-operator usage`: from options to a report and an exit code."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final, Literal

import orjson
from rich.console import Console

from sim_operator.history.address import VARIABLE, DatabaseAddressError
from sim_operator.history.complaints import HistoryError
from sim_operator.history.model import By, Scope, UsageRow
from sim_operator.history.report.table import print_table
from sim_operator.history.report.text import csv_text, json_report
from sim_operator.history.spans import end_of

Format = Literal["table", "csv", "json", "parquet"]

UNAVAILABLE: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130
_WIDE: Final = 200
"""Characters of a line that goes to no terminal."""

_errors = Console(stderr=True, highlight=False, soft_wrap=True)


class _BadInputError(Exception):
    """An option or the setting cannot be used; the message says why."""


def usage(
    by: str, month: str | None, namespaces: frozenset[str] | None, output: Format, to: Path | None
) -> int:
    """Write the report; the exit code of the process."""
    now = datetime.now(UTC)
    try:
        first = _month(month, now)
        dimension = _by(by)
        _refuse_to_print(output, to)
        rows = asyncio.run(_asked(_url(), first, dimension, Scope(namespaces), now))
        _write(_report(rows, dimension, first, now, output, plain=to is not None), to)
    except (_BadInputError, DatabaseAddressError) as error:
        told = f"{VARIABLE}: {error}" if isinstance(error, DatabaseAddressError) else str(error)
        _errors.print(told, markup=False)
        return BAD_INPUT
    except (HistoryError, OSError) as error:
        _errors.print(str(error), markup=False)
        return UNAVAILABLE
    except KeyboardInterrupt:
        _errors.print("Interrupted.")
        return INTERRUPTED
    return 0


def _refuse_to_print(output: Format, to: Path | None) -> None:
    if output == "parquet" and to is None and sys.stdout.isatty():
        raise _BadInputError("Parquet is no text: give --to FILE, or send it into a pipe.")


def _url() -> str:
    url = os.environ.get(VARIABLE, "").strip()
    if not url:
        raise _BadInputError(
            f"{VARIABLE} is not set: sqlite:////data/history.db, or postgresql://… of the "
            "database that the console keeps."
        )
    return url


def _by(text: str) -> By:
    try:
        return By.parse(text)
    except ValueError as error:
        raise _BadInputError(f"--by: {error}") from None


def _month(text: str | None, now: datetime) -> date:
    if text is None:
        return now.date().replace(day=1)
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError:
        raise _BadInputError(f"--month: {text!r} is no month such as 2026-11") from None


async def _asked(url: str, first: date, by: By, scope: Scope, now: datetime) -> Sequence[UsageRow]:
    from sim_operator.history.store import open_history

    async with open_history(url, migrating=False) as history:
        return await history.usage(first, end_of(first), by, scope, now=now)


def _report(
    rows: Sequence[UsageRow], by: By, first: date, now: datetime, output: Format, *, plain: bool
) -> bytes:
    last = end_of(first)
    if output == "csv":
        return csv_text(rows, by).encode()
    if output == "json":
        report = json_report(rows, by, first, last, now)
        return orjson.dumps(report, option=orjson.OPT_INDENT_2) + b"\n"
    if output == "parquet":
        from sim_operator.history.report.parquet import write_parquet

        made = BytesIO()
        write_parquet(rows, by, first, last, now, made)
        return made.getvalue()
    text = StringIO()
    terminal = sys.stdout.isatty() and not plain
    width = Console().width if terminal else _WIDE
    console = Console(file=text, highlight=False, width=width, force_terminal=terminal)
    print_table(rows, by, first, last, console)
    return text.getvalue().encode()


def _write(report: bytes, to: Path | None) -> None:
    if to is None:
        sys.stdout.buffer.write(report)
        sys.stdout.flush()
        return
    # A reader never finds half a report.
    part = to.with_name(f".{to.name}.unfinished")
    try:
        part.write_bytes(report)
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
