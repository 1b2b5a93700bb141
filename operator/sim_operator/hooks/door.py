"""What happens to one request: who may come in, who is next, and what is answered.

200 says that the records are safe; anything else makes 1NCE send them again. So whatever goes wrong
here, or is not known, is a 503, and only what would be wrong again is a 4xx.
"""

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from sim_operator.domain.resources import Key
from sim_operator.hooks.body import (
    LARGEST,
    TooLargeError,
    TooSlowError,
    UnknownEncodingError,
    bounded,
    unpacked,
)
from sim_operator.hooks.complaints import Complaints
from sim_operator.hooks.credentials import CHALLENGE, matches
from sim_operator.hooks.forwarding import Forwarding, NotForwardedError
from sim_operator.hooks.intake import (
    Intake,
    IntakeUnavailableError,
    OversizedBatchError,
    UnreadableBatchError,
)
from sim_operator.hooks.room import ROOM, NoRoomError, Room
from sim_operator.hooks.turns import BusyError, Turns

logger = logging.getLogger(__name__)

SAFE_SECONDS = 10.0
"""How long a batch may take to become safe."""
BODY_SECONDS = 15.0
_RETRY_AFTER = "5"
_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
_NOWHERE = "Not Found"
_LATER = "The batch cannot be taken now. Send it again."
_TOO_LARGE = "The batch is larger than is taken at once."


class Door:
    """Answers the requests of the Data Streamer."""

    def __init__(
        self,
        intake: Intake,
        forward: Forwarding,
        *,
        safe_seconds: float = SAFE_SECONDS,
        body_seconds: float = BODY_SECONDS,
        largest: int = LARGEST,
        room: int = ROOM,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`largest`: bytes of a body, on the wire and unpacked; `room`: of all that are read."""
        self._intake = intake
        self._forward = forward
        self._safe_seconds = safe_seconds
        self._body_seconds = body_seconds
        self._largest = largest
        self._turns = Turns()
        self._room = Room(room)
        self._complaints = Complaints(logger, monotonic)

    async def answer(self, account: Key, request: Request) -> Response:
        """The answer to one request for one account, which may not exist."""
        if not all(map(_NAME.fullmatch, account)):
            return self.nowhere()
        if not self._forward.takes(account):
            return await self._handed_on(account, request)
        known, answer = await self._decided(account, request)
        self._intake.counted(account if known else None, answer.status_code)
        return answer

    @staticmethod
    def nowhere() -> Response:
        """The answer where there is no account, or its intake is off."""
        return _said(404, _NOWHERE)

    async def _handed_on(self, account: Key, request: Request) -> Response:
        try:
            answer = await self._forward.forward(account, request.headers, self._chunks(request))
        except NotForwardedError as error:
            self._complaints.tell("forwarding", "a batch was not handed on: %s", error)
            return _later()
        except TooLargeError:
            return _said(413, _TOO_LARGE)
        except TooSlowError:
            return _said(408, "The body did not come in time.")
        except ClientDisconnect:
            return _said(400, "The body broke off.")
        return Response(answer.body, answer.code, dict(answer.headers))

    async def _decided(self, account: Key, request: Request) -> tuple[bool, Response]:
        """Whether there is such an account, and the answer."""
        try:
            async with asyncio.timeout(self._safe_seconds):
                wanted = await self._intake.credentials(account)
        except (IntakeUnavailableError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            # Not told for each account: anybody can make up names of accounts.
            self._complaints.tell("credentials", "a batch could not be checked: %s", why)
            # Whoever says that the Secret is missing knows the account; whoever was slow may not.
            return isinstance(error, IntakeUnavailableError), _later()
        admitted = matches(wanted, request.headers.get("authorization"))
        if wanted is None:
            return False, self.nowhere()
        if not admitted:
            self._complaints.tell(
                ("refused", account),
                "%s: a batch for the Data Streamer intake was refused, since its user name or "
                "password is missing or is not that of the Secret",
                account,
            )
            return True, _said(401, "Unauthorized", {"WWW-Authenticate": CHALLENGE})
        return True, await self._admitted(account, request)

    async def _admitted(self, account: Key, request: Request) -> Response:
        try:
            async with self._turns.turn(account):
                # Read only now: of those that wait no body is in memory.
                with self._room.share() as share:
                    body = await unpacked(
                        self._chunks(request),
                        request.headers.get("content-encoding", ""),
                        largest=self._largest,
                        share=share,
                    )
                    return await self._taken(account, body)
        except NoRoomError:
            self._complaints.tell("room", "the batches of all accounts are too much at once")
            return _later()
        except BusyError:
            self._complaints.tell(("busy", account), "%s: too many batches wait", account)
            return _later()
        except TooLargeError:
            return _said(413, _TOO_LARGE)
        except TooSlowError:
            return _said(408, "The body did not come in time.")
        except UnknownEncodingError:
            return _said(415, "The body may be plain or gzip, and nothing else.")
        except ClientDisconnect:
            return _said(400, "The body broke off.")

    async def _taken(self, account: Key, body: bytes) -> Response:
        try:
            async with asyncio.timeout(self._safe_seconds):
                receipt = await self._intake.take(account, body)
        except OversizedBatchError as error:
            return _said(413, str(error))
        except UnreadableBatchError as error:
            self._complaints.tell(("unreadable", account), "%s: %s", account, error)
            return _said(400, str(error))
        except IntakeUnavailableError as error:
            self._complaints.tell(("failed", account), "%s: no batch taken: %s", account, error)
            return _later()
        except TimeoutError:
            seconds = f"{self._safe_seconds:g}"
            text = "%s: a batch did not become safe within %s s"
            self._complaints.tell(("slow", account), text, account, seconds)
            return _later()
        except Exception:
            # A 500 would say as much to 1NCE; this way the account's counter tells it, too.
            logger.exception("%s: taking in a batch failed", account)
            return _later()
        return JSONResponse(receipt.shown())

    def _chunks(self, request: Request) -> AsyncIterator[bytes]:
        return bounded(request.stream(), largest=self._largest, seconds=self._body_seconds)


def _later() -> Response:
    return _said(503, _LATER, {"Retry-After": _RETRY_AFTER})


def _said(code: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": sentence}, code, headers)
