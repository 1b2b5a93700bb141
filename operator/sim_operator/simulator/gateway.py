"""What stands before every call: token, rate limit, faults, journal.

Pure ASGI rather than a framework's middleware, because a fault may have to hold or cut the
connection after the call was carried out.
"""

import asyncio
import time

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .call import Call
from .connections import cut
from .distortion import Answer, answer_of, distort
from .journal import Entry
from .money import run_auto_topup
from .operations import BASE, TOKEN, UNKNOWN, operation_of
from .replies import ApiError, error_reply, json_reply
from .sending import send_answer
from .tokens import basic_pair
from .world import OTHER_CUSTOMER, World

_HOLD_SECONDS = 30.0


class Gateway:
    """The ASGI application around the routes."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; ``/_control`` passes without being journaled."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        world: World = scope["app"].state.world
        now = world.clock.now()
        world.deferred.run_due(now)
        if world.topup_is_due(now):
            run_auto_topup(world, now)
        if not scope["path"].startswith(f"{BASE}/"):
            await self._app(scope, receive, send)
            return
        await self._call(scope, receive, send, world, now)

    async def _call(
        self, scope: Scope, receive: Receive, send: Send, world: World, now: float
    ) -> None:
        started = time.perf_counter()
        method, path = scope["method"], scope["path"]
        call = Call(method, path, operation_of(method, path), now)
        scope["simulator.call"] = call
        status = 0
        try:
            answer = await self._answer(scope, receive, world, call)
            status = answer.status if answer is not None else 0
        finally:
            _record(world, scope, call, now, status, (time.perf_counter() - started) * 1000)
        held = call.fault("timeout-after-commit")
        if held is not None and answer is not None:
            await _hold(receive, _HOLD_SECONDS if held.spec.seconds is None else held.spec.seconds)
            answer = None
        if answer is None:
            await _drop(scope, receive, send)
            return
        await send_answer(send, answer, call)

    async def _answer(
        self, scope: Scope, receive: Receive, world: World, call: Call
    ) -> Answer | None:
        """The whole answer; None: the connection is to be cut."""
        known = _identify(world, scope, call)
        call.faults = world.faults.strike(
            call.method, call.path, call.operation.name, call.operation.version, call.client_id
        )
        refused = _refuse(world, scope, call, known)
        latency = call.fault("latency")
        if latency is not None:
            await asyncio.sleep(1.0 if latency.spec.seconds is None else latency.spec.seconds)
        if call.fault("drop") is not None:
            return None
        if refused is not None:
            return refused
        replaced = call.fault("status")
        if replaced is not None:
            return answer_of(replaced)
        if call.fault("other-account") is not None:
            world.open_account(OTHER_CUSTOMER, world.config.sims)
            call.customer = OTHER_CUSTOMER
        skew = call.fault("clock-skew")
        if skew is not None and call.method == "GET":
            call.now += 3600.0 if skew.spec.seconds is None else skew.spec.seconds
        if call.operation.name == UNKNOWN:
            return _whole(error_reply(ApiError(404, "Element not found"), call.operation.version))
        answer = await _collect(self._app, scope, receive)
        distort(answer, call)
        return answer


def _identify(world: World, scope: Scope, call: Call) -> bool:
    """Find out who calls; True where the token is good or none is needed."""
    authorization = _header(scope, b"authorization")
    if call.operation is TOKEN:
        call.client_id = basic_pair(authorization)[0] or None
        return True
    grant = world.tokens.recognise(authorization)
    if grant is None:
        return False
    call.client_id, call.customer = grant.client_id, grant.customer
    call.token = grant.fingerprint
    return True


def _refuse(world: World, scope: Scope, call: Call, known: bool) -> Answer | None:
    if known and call.fault("token-revoked") is not None and call.token is not None:
        world.tokens.revoke(call.token)
        known = False
    if not known:
        return _whole(json_reply({"message": "Unauthorized"}, 401))
    client = scope.get("client")
    address = client[0] if client else ""
    wait = world.rates.refuse(call.operation.group, call.customer, address)
    if wait is None:
        return None
    world.refused_by_rate += 1
    body = {"message": "Too Many Requests"}
    return _whole(json_reply(body, 429, {"retry-after": str(wait)}))


def _record(
    world: World, scope: Scope, call: Call, now: float, status: int, milliseconds: float
) -> None:
    client = scope.get("client")
    world.journal.add(
        Entry(
            at=now,
            method=call.method,
            path=call.path,
            query=scope["query_string"].decode("latin-1"),
            operation=call.operation.name,
            version=call.operation.version,
            status=status,
            duration_ms=milliseconds,
            client_id=call.client_id,
            token=call.token,
            peer_port=client[1] if client else None,
            write=call.write,
            paid=call.paid,
            faults=tuple(fault.spec.kind for fault in call.faults),
        )
    )


def _header(scope: Scope, name: bytes) -> str:
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return ""


def _whole(response: Response) -> Answer:
    return Answer(response.status_code, list(response.raw_headers), bytes(response.body))


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Let the routes answer and keep the answer back."""
    answer = Answer(500, [], b"")

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, keep)
    return answer


async def _hold(receive: Receive, seconds: float) -> None:
    """Keep the client waiting, at most until it goes away."""
    try:
        async with asyncio.timeout(seconds):
            await _disconnected(receive)
    except TimeoutError:
        return


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _drop(scope: Scope, receive: Receive, send: Send) -> None:
    """Cut the connection without an answer."""
    if cut(scope):
        await _disconnected(receive)
        return
    # No socket of ours: an answer that breaks off is the nearest to a broken connection.
    headers = [(b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
