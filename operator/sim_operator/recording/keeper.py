"""The process that keeps the history, over HTTP: what it is told, asked, and answers.

Only the one answer that is agreed on counts as delivered. A proxy's page with a friendly status, or
an address that somebody else has taken over, must not swallow what was read.
"""

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.recording.outbox import Batch
from sim_operator.recording.parts import PartBatch

_REFUSED = frozenset({400, 413, 422})
_LATER = frozenset({408, 425, 429})
_LONGEST_ANSWER = 1024 * 1024
_LONGEST_TOKEN = 16 * 1024
_SHOWN = 200
_ENCODED = re.compile(r"[A-Za-z0-9+/=_%-]{24,}")
"""Words are shorter; a part of a token is not, in whatever form."""
_READINGS, _MISSING, _PARTS = (f"internal/v1/{door}" for door in ("readings", "missing", "parts"))
_NO_PARTS = "it answered 404: a console of this version takes them"


class Fault(StrEnum):
    """Why the keeper did not do as it was asked."""

    LATER = "later"
    """It is away, slow or busy: the same again may work."""
    REFUSED = "refused"
    """It does not take this request, however often it is sent."""
    MISCONFIGURED = "misconfigured"
    """It does not take us: another address, token or version is needed."""
    ABSENT = "absent"
    """It takes no records of the Data Streamer, whoever sends them: it is an older one."""


class KeeperError(Exception):
    """A request was not answered as agreed; the message says what to do, and holds no secret."""

    def __init__(self, fault: Fault, message: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds that the keeper asked to be left alone for."""
        super().__init__(message)
        self.fault = fault
        self.retry_after = retry_after


class Keeper:
    """Requests to the one that keeps the history, as this process."""

    def __init__(
        self,
        url: str,
        *,
        token_file: Path | None,
        ca_file: Path | None,
        user_agent: str,
        seconds: float = 20.0,
    ) -> None:
        """`url` is its base; `seconds` for one request as a whole.

        `token_file` is read for each request: the kubelet renews what is in it.
        """
        self._url = url.rstrip("/")
        self._token_file = token_file
        self._ca_file = ca_file
        self._user_agent = user_agent
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(5.0, seconds))
        self._session: aiohttp.ClientSession | None = None
        self._trusted: tuple[int, ssl.SSLContext] | None = None
        """The CA, and when its file was last changed."""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Requests can be made while the context is open."""
        # Neither a proxy nor a .netrc of the environment: the token is for the keeper alone.
        async with aiohttp.ClientSession(
            timeout=self._timeout, trust_env=False, headers={"User-Agent": self._user_agent}
        ) as session:
            self._session = session
            try:
                yield
            finally:
                self._session = None

    async def deliver(self, batch: Batch | PartBatch) -> None:
        """Hand readings or records over; returns when they are kept.

        Raises:
            KeeperError: they are not, or it is not known.
        """
        told: dict[str, Any] = {"account": str(batch.account)}
        if isinstance(batch, Batch):
            path, told["readings"] = _READINGS, [one.document() for one in batch.readings]
        else:
            path, told["parts"] = _PARTS, [orjson.Fragment(one) for one in batch.parts]
        code, _ = await self._post(path, orjson.dumps(told))
        if code != HTTPStatus.NO_CONTENT:
            raise _foreign(code)

    async def missing(
        self, account: Key, first: date, last: date, iccids: Iterable[Iccid]
    ) -> Mapping[str, date]:
        """The first day that is missing between `first` and `last`, of each SIM that lacks one.

        Raises:
            KeeperError: there is no answer, or none that can be read.
        """
        question = {
            "account": str(account),
            "first": first.isoformat(),
            "last": last.isoformat(),
            "iccids": list(iccids),
        }
        code, body = await self._post(_MISSING, orjson.dumps(question))
        if code != HTTPStatus.OK:
            raise _foreign(code)
        try:
            told: dict[str, list[str]] = orjson.loads(body)["missing"]
            return {iccid: date.fromisoformat(days[0]) for iccid, days in told.items()}
        except (ValueError, TypeError, LookupError, AttributeError):
            raise _foreign(code) from None

    async def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        if self._session is None:
            raise KeeperError(Fault.LATER, "the connection to the history is closed")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        token = await self._token()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.post(
                f"{self._url}/{path}",
                data=body,
                headers=headers,
                allow_redirects=False,
                ssl=await self._trust(),
            ) as answer:
                content = await answer.content.read(_LONGEST_ANSWER + 1)
                while len(content) <= _LONGEST_ANSWER and not answer.content.at_eof():
                    content += await answer.content.read(_LONGEST_ANSWER + 1 - len(content))
                if len(content) > _LONGEST_ANSWER:
                    raise _foreign(answer.status)
                if answer.status not in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
                    later = answer.headers.get("Retry-After")
                    if path == _PARTS and answer.status == HTTPStatus.NOT_FOUND:
                        raise KeeperError(Fault.ABSENT, _NO_PARTS)
                    raise _complaint(answer.status, _detail(content, token), later)
                return answer.status, content
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            text = f"the history at {self._url} does not answer ({type(error).__name__})"
            raise KeeperError(Fault.LATER, text) from error

    async def _token(self) -> str | None:
        if self._token_file is None:
            return None
        try:
            token = (await asyncio.to_thread(_read, self._token_file)).strip()
        except OSError as error:
            text = f"the token for the history cannot be read ({error.strerror}): "
            raise KeeperError(Fault.MISCONFIGURED, f"{text}{self._token_file}") from error
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            text = f"what is in {self._token_file} is not a token"
            raise KeeperError(Fault.MISCONFIGURED, text)
        return token

    async def _trust(self) -> ssl.SSLContext | bool:
        """The CA as its file has it now: it is renewed as a token is."""
        if self._ca_file is None:
            return True
        try:
            changed = (await asyncio.to_thread(self._ca_file.stat)).st_mtime_ns
            if self._trusted is None or self._trusted[0] != changed:
                self._trusted = changed, await asyncio.to_thread(_context, self._ca_file)
        except OSError as error:
            text = f"the CA of the history cannot be used ({error.strerror}): {self._ca_file}"
            raise KeeperError(Fault.MISCONFIGURED, text) from error
        return self._trusted[1]


def _read(file: Path) -> str:
    with file.open("rb") as source:
        return source.read(_LONGEST_TOKEN).decode("ascii", errors="replace")


def _context(file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(file))


def _complaint(code: int, detail: str, retry_after: str | None) -> KeeperError:
    if code in _REFUSED:
        return KeeperError(Fault.REFUSED, f"it answered {code}{detail}")
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code in _LATER:
        return KeeperError(Fault.LATER, f"it answered {code}", _seconds(retry_after))
    if code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        hint = "it has to know the operator's ServiceAccount, and the token its audience"
        return KeeperError(Fault.MISCONFIGURED, f"it answered {code}: {hint}")
    return _foreign(code)


def _foreign(code: int) -> KeeperError:
    hint = "not as a keeper of the history does: does SIM_OPERATOR_HISTORY_URL name one?"
    return KeeperError(Fault.MISCONFIGURED, f"it answered {code}, but {hint}")


def _detail(content: bytes, token: str | None) -> str:
    """What a problem document says, in one line; whoever repeats our token does so in vain."""
    try:
        problem: Any = orjson.loads(content)
        text = str(problem["detail"])
    except (ValueError, TypeError, LookupError):
        return ""
    shown = "".join(char if char.isprintable() else " " for char in text)
    if token is not None:
        shown = shown.replace(token, "***")
    return f": {_ENCODED.sub('***', shown)[:_SHOWN]}"


def _seconds(retry_after: str | None) -> float | None:
    """Of `Retry-After` in seconds; a date is not worth its clock skew."""
    text = (retry_after or "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
