"""How a call is made: its turn, its token, its answer, and when it is made again."""

from collections.abc import Callable

import httpx
import stamina

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.onence import faults
from sim_operator.onence.exchange import Answer, Exchange, Outgoing
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.oauth import Credentials
from sim_operator.onence.throttle import Lane, Slot, Throttle
from sim_operator.onence.token import Token, TokenSource

READ_ATTEMPTS = 3
READ_TIME_FACTOR = 2.5
"""A page of a hundred SIMs may take longer than a write is allowed to."""
TURNS = 3
"""How often a call may find, when its turn comes, that the token it waited with has ended."""


class Calls:
    """The calls of one client; both methods that send raise `OnenceError`."""

    def __init__(
        self,
        throttle: Throttle,
        exchange: Exchange,
        tokens: TokenSource,
        credentials: Credentials,
        *,
        timeout: float,
    ) -> None:
        """`timeout` in seconds is that of a write."""
        self._throttle = throttle
        self._exchange = exchange
        self._tokens = tokens
        self._credentials = credentials
        self._timeout = timeout
        self._retired = False

    def retire(self) -> None:
        """Begin no further call."""
        self._retired = True

    async def read(
        self, outgoing: Outgoing, lane: Lane, priority: int = 0
    ) -> tuple[object, Answer]:
        """The parsed body and the answer of a read, tried again where that may help."""
        async for attempt in stamina.retry_context(
            on=_worth_repeating,
            attempts=READ_ATTEMPTS,
            timeout=None,
            wait_initial=0.25,
            wait_jitter=0.25,
            wait_max=2.0,
        ):
            with attempt:
                answer = await self.once(outgoing, lane, priority)
                body = self._exchange.json(outgoing, answer)
        return body, answer

    async def once(
        self,
        outgoing: Outgoing,
        lane: Lane,
        priority: int,
        *,
        permit: Callable[[], None] | None = None,
        follow_up: bool = False,
    ) -> Answer:
        """Send with a token when it is its turn; once more with a new token after a 401.

        `permit` is called when all waiting is over; what it raises withdraws the call.
        """
        total = self._timeout * (1 if outgoing.write else READ_TIME_FACTOR)
        for attempt in range(2):
            token, slot = await self._turn(lane, priority, follow_up=follow_up or attempt > 0)
            if permit is not None:
                try:
                    permit()
                except BaseException:
                    slot.give_back()
                    raise
            answer = await self._exchange.send(
                outgoing, f"Bearer {token.value}", total=total, on_wire=slot.stamp
            )
            if answer.status != httpx.codes.UNAUTHORIZED:
                self._tokens.confirm(token)
                self._raise_for(outgoing, answer, token)
                return answer
            if attempt == 0:
                self._tokens.invalidate(token)
        text = f"{outgoing.operation}: 1NCE answered 401 to a new token"
        failure = Failure(FailureKind.BAD_CREDENTIALS, text, answer.status)
        self._tokens.reject(token, failure)
        raise OnenceError(failure)

    async def _turn(self, lane: Lane, priority: int, *, follow_up: bool) -> tuple[Token, Slot]:
        """A token that holds and leave to start, both at the same moment."""
        for _ in range(TURNS):
            await self._tokens.get()  # before the turn, which would pass while a token is fetched
            slot = await self._throttle.acquire(lane, priority, follow_up=follow_up)
            if self._retired:
                slot.give_back()
                text = "the account was paused, or its credentials or endpoint changed"
                raise OnenceError(Failure(FailureKind.WITHDRAWN, text))
            if (token := self._tokens.held()) is not None:
                return token, slot
            slot.give_back()
            follow_up = True
        text = "1NCE's tokens end before a call gets its turn"
        raise OnenceError(Failure(FailureKind.UNAVAILABLE, text))

    def _raise_for(self, outgoing: Outgoing, answer: Answer, token: Token) -> None:
        def redacted(text: str) -> str:
            # The token that was sent, which may not be the one that is held by now.
            return self._credentials.redacted(text.replace(token.value, "…"))

        failure = faults.from_status(
            outgoing.operation,
            answer.status,
            answer.headers,
            answer.body,
            write=outgoing.write,
            redacted=redacted,
        )
        if failure is None:
            return
        if failure.kind is FailureKind.RATE_LIMITED:
            self._throttle.pause(failure.retry_after or 0.0)
        raise OnenceError(failure)


def _worth_repeating(error: Exception) -> bool:
    return isinstance(error, OnenceError) and error.failure.kind in (
        FailureKind.UNAVAILABLE,
        FailureKind.RATE_LIMITED,
    )
