"""Every way in which a call to 1NCE can fail, as a `Failure`: tables, and nothing that acts.

For a read all that matters is whether repeating helps. For a write it matters whether 1NCE may have
carried it out: only what surely never left this machine, or was surely refused, is called so; the
rest is ambiguous. Messages stand in conditions, so they say the same as long as the cause is the
same.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.onence.meter import Operation

LONGEST_QUOTATION = 200
LONGEST_RETRY_AFTER_SECONDS = 60.0
RETRY_AFTER_WHEN_UNSAID_SECONDS = 1.0

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MOVING = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"  # a request id
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?"  # a time
    r"|[A-Za-z0-9+/=_.-]{40,}"  # a token, a hash
    r"|\d{10,}"  # an epoch, a serial number
)
_AFTER_WRITE = "whether the change was made is not known until the SIM is read again"


class OnenceError(Exception):
    """A call to 1NCE did not succeed; `failure` says what that means."""

    def __init__(self, failure: Failure) -> None:
        """Carry `failure`; its message is the exception's text."""
        super().__init__(failure.message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Cause:
    kind: FailureKind
    """What it means for a read, and for a write that was not sent."""
    text: str
    never_sent: bool = False
    """Nothing of the request can have reached 1NCE."""
    quoted: bool = False
    """The exception's own text says more and stays the same."""


_UNAVAILABLE = FailureKind.UNAVAILABLE
_BROKEN = _Cause(_UNAVAILABLE, "the connection to 1NCE broke")

CAUSES: Mapping[type[BaseException], _Cause] = {
    httpx.ConnectTimeout: _Cause(_UNAVAILABLE, "no connection to 1NCE in time", never_sent=True),
    httpx.PoolTimeout: _Cause(_UNAVAILABLE, "no free connection to 1NCE in time", never_sent=True),
    httpx.ReadTimeout: _Cause(_UNAVAILABLE, "no answer from 1NCE in time"),
    httpx.WriteTimeout: _Cause(_UNAVAILABLE, "1NCE did not take the request in time"),
    httpx.TimeoutException: _Cause(_UNAVAILABLE, "no answer from 1NCE in time"),
    httpx.ConnectError: _Cause(
        _UNAVAILABLE, "cannot connect to 1NCE", never_sent=True, quoted=True
    ),
    httpx.ReadError: _BROKEN,
    httpx.WriteError: _BROKEN,
    httpx.CloseError: _BROKEN,
    httpx.NetworkError: _BROKEN,
    httpx.ProxyError: _Cause(
        _UNAVAILABLE, "the proxy does not let the call through", never_sent=True, quoted=True
    ),
    httpx.UnsupportedProtocol: _Cause(
        FailureKind.REFUSED, "the endpoint is neither http nor https", never_sent=True
    ),
    httpx.InvalidURL: _Cause(FailureKind.REFUSED, "the endpoint is not a URL", never_sent=True),
    httpx.LocalProtocolError: _Cause(_UNAVAILABLE, "the request could not be put into HTTP"),
    httpx.RemoteProtocolError: _Cause(_UNAVAILABLE, "1NCE broke off, or did not answer in HTTP"),
    httpx.ProtocolError: _Cause(_UNAVAILABLE, "1NCE did not answer in HTTP"),
    httpx.TransportError: _BROKEN,
    httpx.DecodingError: _Cause(_UNAVAILABLE, "1NCE's answer cannot be decompressed"),
    httpx.TooManyRedirects: _Cause(FailureKind.REFUSED, "1NCE redirects without end"),
    httpx.RequestError: _BROKEN,
    httpx.HTTPStatusError: _Cause(_UNAVAILABLE, "1NCE's answer has an unexpected status"),
    httpx.HTTPError: _BROKEN,
    httpx.CookieConflict: _Cause(_UNAVAILABLE, "1NCE's answer has contradictory cookies"),
    httpx.StreamError: _BROKEN,
    TimeoutError: _Cause(_UNAVAILABLE, "no complete answer from 1NCE in time"),
    OSError: _BROKEN,
}
"""By class; a class that is not named counts as the nearest of its bases that is."""

CAUGHT: tuple[type[Exception], ...] = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
    OSError,
)
"""All that an HTTP call may raise; each one has its row in `CAUSES`."""

_KINDS_BY_STATUS = {
    401: FailureKind.BAD_CREDENTIALS,
    403: FailureKind.FORBIDDEN,
    404: FailureKind.NOT_FOUND,
    422: FailureKind.EXPIRED,
    429: FailureKind.RATE_LIMITED,
}
_UNANSWERED_STATUSES = frozenset({408, 425})
"""4xx that say that the request was not looked at in time; repeating helps."""


def from_exception(
    operation: Operation, error: BaseException, *, write: bool, unsent: bool = False
) -> Failure:
    """The failure of a call that got no (whole) answer.

    `unsent` says that the request is known not to have left, whatever the exception.
    """
    cause = next(CAUSES[base] for base in type(error).__mro__ if base in CAUSES)
    message = f"{operation}: {cause.text}"
    if cause.quoted and (detail := quotation(str(error))):
        message += f" ({detail})"
    if write and not (cause.never_sent or unsent):
        return Failure(FailureKind.AMBIGUOUS, f"{message}; {_AFTER_WRITE}")
    return Failure(cause.kind, message)


def from_status(
    operation: Operation,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    write: bool,
    redacted: Callable[[str], str],
) -> Failure | None:
    """The failure that an answer's status means; None for 2xx. `headers` ignores case."""
    if 200 <= status < 300:
        return None
    message = f"{operation}: 1NCE answered {status}"
    if 300 <= status < 400:
        text = f"{message}, a redirect, which is never followed; check the endpoint"
        return Failure(FailureKind.REFUSED, text, status)
    if detail := quotation(redacted(stated(body))):
        message += f" ({detail})"
    if status in _UNANSWERED_STATUSES or not 400 <= status < 500:
        if write:
            return Failure(FailureKind.AMBIGUOUS, f"{message}; {_AFTER_WRITE}", status)
        return Failure(FailureKind.UNAVAILABLE, message, status)
    kind = _KINDS_BY_STATUS.get(status, FailureKind.REFUSED)
    wait = retry_after(headers) if kind is FailureKind.RATE_LIMITED else None
    return Failure(kind, message, status, wait)


def unreadable(operation: Operation, status: int, why: str, *, write: bool) -> Failure:
    """The failure of a 2xx whose body is not what it should be."""
    message = f"{operation}: 1NCE answered {status}, but {why}"
    if write:
        return Failure(FailureKind.AMBIGUOUS, f"{message}; {_AFTER_WRITE}", status)
    return Failure(FailureKind.UNAVAILABLE, message, status)


def overlong(operation: Operation, status: int, most: int, *, write: bool) -> Failure:
    """The failure of an answer, of whatever status, whose body has more than `most` bytes."""
    message = f"{operation}: 1NCE answered {status} with a body of more than {most >> 20} MiB"
    if write:
        return Failure(FailureKind.AMBIGUOUS, f"{message}; {_AFTER_WRITE}", status)
    return Failure(FailureKind.UNAVAILABLE, message, status)


def stated(body: bytes) -> str:
    """1NCE's own code and message from the body of an error, in any of its three families."""
    names = ("errorCode", "error_token", "statusText", "message")
    return ": ".join(part for part in (member(body, name) for name in names) if part)


def quotation(text: str) -> str:
    """Foreign text, fit for a condition: one short line without ids, times and tokens."""
    line = " ".join(_MOVING.sub("…", _CONTROL.sub(" ", text)).split())
    return line if len(line) <= LONGEST_QUOTATION else line[: LONGEST_QUOTATION - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a 429 asks to wait, at most a minute; `headers` ignores case."""
    value = headers.get("retry-after", "").strip()
    seconds = RETRY_AFTER_WHEN_UNSAID_SECONDS
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value, re.ASCII):
        seconds = float(value)
    elif value:
        try:
            until = parsedate_to_datetime(value)
        except ValueError:
            until = None
        if until is not None:
            until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
            seconds = (until - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def member(body: bytes, name: str) -> str | None:
    """A text of the JSON object that is the body of an error; None where there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    value = found.get(name) if isinstance(found, dict) else None
    return value.strip() or None if isinstance(value, str) else None
