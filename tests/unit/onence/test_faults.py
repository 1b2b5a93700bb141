"""Every failure has a meaning, and every message is fit for a condition."""

import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.onence import faults
from sim_operator.onence.meter import Operation


def httpx_exceptions() -> Iterator[type[Exception]]:
    for name in httpx.__all__:
        found = getattr(httpx, name)
        if inspect.isclass(found) and issubclass(found, Exception):
            yield found


def made(error: type[BaseException]) -> BaseException:
    made_error = error.__new__(error)
    made_error.args = ("Bearer hunter2",)
    return made_error


@pytest.mark.parametrize("error", list(httpx_exceptions()))
@pytest.mark.parametrize("write", [False, True])
def test_every_exception_of_httpx_is_caught_and_means_something(
    error: type[Exception], write: bool
) -> None:
    assert issubclass(error, faults.CAUGHT)
    failure = faults.from_exception(Operation.UPDATE_SIM, made(error), write=write)
    if write:
        assert failure.kind in (
            FailureKind.AMBIGUOUS,
            FailureKind.UNAVAILABLE,
            FailureKind.REFUSED,
        )
    else:
        assert failure.kind in (FailureKind.UNAVAILABLE, FailureKind.REFUSED)
    assert failure.message.startswith("update-sim: ")


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout,
        httpx.WriteTimeout,
        httpx.ReadError,
        httpx.WriteError,
        httpx.CloseError,
        httpx.RemoteProtocolError,
        httpx.LocalProtocolError,
        httpx.DecodingError,
        httpx.StreamClosed,
        TimeoutError,
        ConnectionResetError,
        OSError,
    ],
)
def test_a_write_that_may_have_arrived_is_ambiguous(error: type[Exception]) -> None:
    failure = faults.from_exception(Operation.UPDATE_SIM, made(error), write=True)
    assert failure.kind is FailureKind.AMBIGUOUS
    known = faults.from_exception(Operation.UPDATE_SIM, made(error), write=True, unsent=True)
    assert known.kind is FailureKind.UNAVAILABLE


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError, FailureKind.UNAVAILABLE),
        (httpx.ConnectTimeout, FailureKind.UNAVAILABLE),
        (httpx.PoolTimeout, FailureKind.UNAVAILABLE),
        (httpx.ProxyError, FailureKind.UNAVAILABLE),
        (httpx.UnsupportedProtocol, FailureKind.REFUSED),
        (httpx.InvalidURL, FailureKind.REFUSED),
    ],
)
def test_a_write_that_never_left_is_not_ambiguous(
    error: type[Exception], kind: FailureKind
) -> None:
    assert faults.from_exception(Operation.UPDATE_SIM, made(error), write=True).kind is kind


def failure_of(
    status: int, body: bytes = b"", *, write: bool = False, headers: dict[str, str] | None = None
) -> tuple[FailureKind | None, str]:
    failure = faults.from_status(
        Operation.GET_SIM,
        status,
        httpx.Headers(headers or {}),
        body,
        write=write,
        redacted=lambda text: text.replace("hunter2", "…"),
    )
    return (failure.kind, failure.message) if failure else (None, "")


@pytest.mark.parametrize(
    ("status", "read", "write"),
    [
        (200, None, None),
        (201, None, None),
        (204, None, None),
        (301, FailureKind.REFUSED, FailureKind.REFUSED),
        (302, FailureKind.REFUSED, FailureKind.REFUSED),
        (307, FailureKind.REFUSED, FailureKind.REFUSED),
        (400, FailureKind.REFUSED, FailureKind.REFUSED),
        (401, FailureKind.BAD_CREDENTIALS, FailureKind.BAD_CREDENTIALS),
        (403, FailureKind.FORBIDDEN, FailureKind.FORBIDDEN),
        (404, FailureKind.NOT_FOUND, FailureKind.NOT_FOUND),
        (405, FailureKind.REFUSED, FailureKind.REFUSED),
        (408, FailureKind.UNAVAILABLE, FailureKind.AMBIGUOUS),
        (409, FailureKind.REFUSED, FailureKind.REFUSED),
        (410, FailureKind.REFUSED, FailureKind.REFUSED),
        (422, FailureKind.EXPIRED, FailureKind.EXPIRED),
        (429, FailureKind.RATE_LIMITED, FailureKind.RATE_LIMITED),
        (500, FailureKind.UNAVAILABLE, FailureKind.AMBIGUOUS),
        (502, FailureKind.UNAVAILABLE, FailureKind.AMBIGUOUS),
        (503, FailureKind.UNAVAILABLE, FailureKind.AMBIGUOUS),
        (504, FailureKind.UNAVAILABLE, FailureKind.AMBIGUOUS),
        (600, FailureKind.UNAVAILABLE, FailureKind.AMBIGUOUS),
    ],
)
def test_every_status_means_something_for_a_read_and_for_a_write(
    status: int, read: FailureKind | None, write: FailureKind | None
) -> None:
    assert failure_of(status)[0] is read
    assert failure_of(status, write=True)[0] is write


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"statusCode":400,"errorCode":"BadCredentials","message":"User does not exist."}',
         "get-sim: 1NCE answered 400 (BadCredentials: User does not exist.)"),
        (b'{"error_code":1000,"error_token":"NotFound","message":"Element not found"}',
         "get-sim: 1NCE answered 400 (NotFound: Element not found)"),
        (b'{"statusCode":400,"statusText":"Bad Request","errors":[{}]}',
         "get-sim: 1NCE answered 400 (Bad Request)"),
        (b'{"message":"Payment method used is not valid."}',
         "get-sim: 1NCE answered 400 (Payment method used is not valid.)"),
        (b"", "get-sim: 1NCE answered 400"),
        (b"<html>bad</html>", "get-sim: 1NCE answered 400"),
        (b'["x"]', "get-sim: 1NCE answered 400"),
        (b'{"message":{"a":1}}', "get-sim: 1NCE answered 400"),
        (b'{"message":"no \\u0000\\n\\u001b[31m good \\ud83d"}',
         "get-sim: 1NCE answered 400 (no [31m good)"),
        (b"[" * 100_000, "get-sim: 1NCE answered 400"),
    ],
)  # fmt: skip
def test_a_message_quotes_what_1nce_said_in_any_of_its_shapes(body: bytes, said: str) -> None:
    assert failure_of(400, body)[1] == said


def test_a_message_has_no_secret_no_id_and_no_time_and_is_short() -> None:
    text = (
        "request 6f1c0c1e-8f5b-4d5e-9b0e-1f2a3b4c5d6e of 2026-11-22T10:11:12.123Z for "
        f"8988303000123456789 with {'eyJh' * 750} and hunter2 failed"
    )
    message = failure_of(400, json.dumps({"message": text}).encode())[1]
    assert message == "get-sim: 1NCE answered 400 (request … of … for … with … and … failed)"
    long = failure_of(400, json.dumps({"message": "very bad " * 100}).encode())[1]
    assert len(long) < 240
    assert long.endswith("…)")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("2.5", 2.5),
        ("86400", 60.0),
        ("", 1.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("nan", 1.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
    ],
)
def test_retry_after_is_obeyed_and_bounded(value: str, seconds: float) -> None:
    assert faults.retry_after(httpx.Headers({"Retry-After": value})) == seconds


def test_retry_after_may_be_a_date() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert faults.retry_after(httpx.Headers({"Retry-After": until})) == 60.0


def test_a_rate_limit_says_how_long_to_wait_but_not_in_its_message() -> None:
    failure = faults.from_status(
        Operation.LIST_SIMS,
        429,
        httpx.Headers({"Retry-After": "7"}),
        b"",
        write=False,
        redacted=str,
    )
    assert failure is not None
    assert failure.retry_after == 7.0
    assert failure.message == "list-sims: 1NCE answered 429"


def test_an_unreadable_success_is_ambiguous_for_a_write_only() -> None:
    why = "the body is not readable JSON"
    read = faults.unreadable(Operation.GET_SIM, 200, why, write=False)
    write = faults.unreadable(Operation.UPDATE_SIM, 200, why, write=True)
    assert read.kind is FailureKind.UNAVAILABLE
    assert read.message == "get-sim: 1NCE answered 200, but the body is not readable JSON"
    assert write.kind is FailureKind.AMBIGUOUS
