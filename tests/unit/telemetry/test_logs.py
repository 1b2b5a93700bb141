"""Lines that people and collectors can read, and that hold no credential."""

import base64
import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime

import pytest

from sim_operator.settings import LogFormat
from sim_operator.telemetry.logs import about, configure
from sim_operator.telemetry.redaction import redact

CANARY = "c4n4ryT0k3nValue"
BASIC = base64.b64encode(f"client:{CANARY}".encode()).decode()
FORMATS: tuple[LogFormat, ...] = ("text", "json")

logger = logging.getLogger("sim_operator.test")


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("asyncio", "httpcore", "httpx", "kopf.objects", "uvicorn"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def fail(message: str) -> None:
    raise ValueError(message)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_text_line_tells_time_level_logger_object_and_message(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("text", "INFO")
    logger.info("was %s", "enabled", extra=about(namespace="plant-a", name="pump-17"))
    logger.warning("sweep rejected", extra=about(account="ops/default"))
    logger.info("began")
    first, second, third = lines(capsys)
    time, rest = first.split(" ", 1)
    assert time.endswith("Z")
    assert datetime.fromisoformat(time).tzinfo is not None
    assert rest == "INFO    sim_operator.test plant-a/pump-17 was enabled"
    assert second.endswith("WARNING sim_operator.test ops/default sweep rejected")
    assert third.endswith("INFO    sim_operator.test - began")


def test_a_json_line_has_the_documented_keys_and_no_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json", "INFO")
    everything = about(namespace="plant-a", name="pump-17", account="ops/default", iccid="8988")
    logger.info("was %s", "enabled", extra={**everything, "foreign": object()})
    logger.info("began")
    first, second = (json.loads(line) for line in lines(capsys))
    assert datetime.fromisoformat(first.pop("timestamp")).utcoffset() is not None
    assert first == {
        "level": "INFO",
        "logger": "sim_operator.test",
        "message": "was enabled",
        "namespace": "plant-a",
        "name": "pump-17",
        "account": "ops/default",
        "iccid": "8988",
    }
    assert list(second) == ["timestamp", "level", "logger", "message"]


def test_a_traceback_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    for log_format in FORMATS:
        configure(log_format, "INFO")
        try:
            fail("broken figure")
        except ValueError:
            logger.exception("pass failed")
        written = capsys.readouterr().err
        assert "pass failed" in written
        assert "Traceback" in written
        assert "ValueError: broken figure" in written


def test_a_line_break_in_a_message_forges_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    for log_format in FORMATS:
        configure(log_format, "INFO")
        logger.info("label is %s", "x\n2026-01-01T00:00:00Z ERROR forged\r")
        assert len(lines(capsys)) == 1


@pytest.mark.parametrize("log_format", FORMATS)
def test_no_canary_gets_into_a_line_by_any_way(
    log_format: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(log_format, "DEBUG")
    logger.info("Authorization: Bearer %s", CANARY)
    logger.info("headers %s", {"authorization": f"Bearer {CANARY}", "accept": "*/*"})
    logger.info("headers %s", [(b"Authorization", f"Basic {BASIC}".encode())])
    logger.info("answer %s", json.dumps({"access_token": CANARY, "expires_in": 3600}))
    logger.info("called", extra=about(account=f"bearer {CANARY}"))
    try:
        fail(f"POST with Basic {BASIC} failed")
    except ValueError:
        logger.exception("failed")
    written = capsys.readouterr().err
    assert CANARY not in written
    assert BASIC not in written
    assert written.count("[redacted]") >= 6
    if log_format == "json":
        assert [json.loads(line)["level"] for line in written.splitlines()][-1] == "ERROR"


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {CANARY}",
        f"authorization=BASIC   {BASIC}",
        f"Authorization: Token {CANARY}",
        f"Authorization: {CANARY}",
        f'{{"client_secret": "{CANARY}"}}',
        json.dumps(json.dumps({"refresh_token": CANARY, "token": CANARY})),
        f"client_id=x&client_secret={CANARY}&grant_type=client_credentials",
        f"ONCE_CLIENT_SECRET={CANARY}",
        f"password: {CANARY}",
        f"token={CANARY}",
        f"https://user:{CANARY}@api.1nce.com/",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJj" + CANARY + ".c2ln" + CANARY,
    ],
)
def test_what_looks_like_a_credential_is_hidden(text: str) -> None:
    assert CANARY in text or BASIC in text
    hidden = redact(text)
    assert CANARY not in hidden
    assert BASIC not in hidden
    assert "[redacted]" in hidden


@pytest.mark.parametrize(
    "text",
    [
        "pump-17 was Disabled, is Enabled: spec.state says so",
        "the Secret plant-a/onence-credentials has no key ONCE_CLIENT_SECRET",
        "reading the secret: not found",
        "GET https://api.1nce.com/management-api/v1/sims?page=1&pageSize=100 answered 200",
        "mail ops@example.org",
    ],
)
def test_what_is_no_credential_stays_readable(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "kopf.objects", "uvicorn.error"])
def test_libraries_that_tell_of_every_request_and_event_are_tamed(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("text", "DEBUG")
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("worth knowing")
    [line] = lines(capsys)
    assert line.endswith("worth knowing")
    configure("text", "ERROR")
    logging.getLogger(name).warning("worth knowing")
    assert lines(capsys) == []


def test_the_level_is_obeyed_and_configuring_again_replaces_the_handler(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("text", "DEBUG")
    configure("text", "WARNING")
    logger.info("unheard")
    logger.warning("heard")
    assert len(lines(capsys)) == 1


def test_a_line_that_cannot_be_formatted_is_reported_without_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("text", "INFO")
    root = logging.getLogger()
    root.handlers[:] = root.handlers[-1:]  # the test runner's own raise
    logger.info("%d SIMs", CANARY)
    [line] = lines(capsys)
    assert line.startswith("log line lost at sim_operator.test:")
    assert CANARY not in line


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), BrokenPipeError()])
def test_a_line_that_cannot_be_written_ends_nobody(
    monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise error

    monkeypatch.setattr("sys.stderr", Full())
    configure("text", "INFO")
    root = logging.getLogger()
    root.handlers[:] = root.handlers[-1:]  # the test runner's own would take the line
    logger.info("nobody will read this")
