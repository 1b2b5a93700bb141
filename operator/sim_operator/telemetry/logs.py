"""What the operator writes to standard error.

Text for people, JSON for collectors. Both pass through `redact` as the finished line, since a
credential may come in by the message, its arguments, an extra field or a traceback.
"""

import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from sim_operator.settings import LogFormat, LogLevel
from sim_operator.telemetry.redaction import redact

_OBJECT_FIELDS = {
    "namespace": "namespace",
    "object_name": "name",
    "account": "account",
    "iccid": "iccid",
}
"""Attribute of a record -> key in JSON; `name` itself is the logger's in the standard library."""

_TAMED = (
    "asyncio",  # tells at DEBUG of each selector
    "httpcore",  # several lines a request
    "httpx",  # one line a request, at INFO
    "kopf.objects",  # several lines an event: 10,000 SIMs at each start and re-list
    "kopf.activities",  # one line for each of our own steps at start and stop
    "uvicorn",  # its own start and stop
)


def about(
    *,
    namespace: str | None = None,
    name: str | None = None,
    account: str | None = None,
    iccid: str | None = None,
) -> dict[str, str]:
    """What a line is about, for `extra=`; `account` is `namespace/name`."""
    given = {"namespace": namespace, "object_name": name, "account": account, "iccid": iccid}
    return {key: value for key, value in given.items() if value is not None}


def configure(log_format: LogFormat, level: LogLevel) -> None:
    """Log to standard error, from now on; calling it again replaces the former way."""
    handler = _StandardError()
    handler.setFormatter(_Redacted(_JsonLine() if log_format == "json" else _TextLine()))
    root = logging.getLogger()
    root.handlers[:] = [old for old in root.handlers if not isinstance(old, _StandardError)]
    root.addHandler(handler)
    root.setLevel(level)
    for tamed in _TAMED:
        logging.getLogger(tamed).setLevel(max(root.level, logging.WARNING))


class _StandardError(logging.StreamHandler[Any]):
    """Our own handler, told apart from those of test runners and libraries."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say where a line was lost; the library would print its arguments unredacted."""
        problem = sys.exc_info()[0]
        why = problem.__name__ if problem else "unknown"
        # A full disk, or a reader that is gone, must not end whoever had something to say.
        with suppress(OSError, ValueError):
            sys.stderr.write(f"log line lost at {record.name}:{record.lineno} ({why})\n")


class _Redacted(logging.Formatter):
    """Another formatter's line, without credentials."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))


class _TextLine(logging.Formatter):
    """Time, level, logger, object, message; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        # A line break in a message could forge a line that nobody logged.
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{_time(record)} {record.levelname:<7} {record.name} {_object(record)} {message}"
        if record.exc_info:
            line = f"{line}\n{self.formatException(record.exc_info)}"
        if record.stack_info:
            line = f"{line}\n{self.formatStack(record.stack_info)}"
        return line


class _JsonLine(JsonFormatter):
    """One object a line, with these keys and no others: extras of libraries stay out."""

    def __init__(self) -> None:
        super().__init__(json_default=str, json_ensure_ascii=False)

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data.update(
            timestamp=_time(record),
            level=record.levelname,
            logger=record.name,
            message=record.getMessage(),
        )
        for attribute, key in _OBJECT_FIELDS.items():
            value = getattr(record, attribute, None)
            if value is not None:
                log_data[key] = str(value)
        log_data.update(
            {k: v for k, v in message_dict.items() if k in ("exc_info", "stack_info") and v}
        )


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _object(record: logging.LogRecord) -> str:
    """The one name that says most: the resource, else the account, else the SIM."""
    namespace, name = getattr(record, "namespace", None), getattr(record, "object_name", None)
    if namespace and name:
        return f"{namespace}/{name}"
    return str(getattr(record, "account", None) or getattr(record, "iccid", None) or "-")
