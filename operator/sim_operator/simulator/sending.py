"""How an answer leaves: at once, or as a fault wants it."""

import asyncio

from starlette.types import Send

from .call import Call
from .distortion import Answer

HUGE_BYTES = 100 * 2**20
SLOW_SECONDS = 30.0
_BLANKS = b" " * 2**16
_PIECES = 20


async def send_answer(send: Send, answer: Answer, call: Call) -> None:
    """Send the whole answer; ``huge-body`` and ``slow-body`` change how much and how fast."""
    huge, slow = call.fault("huge-body"), call.fault("slow-body")
    blanks = 0 if huge is None else huge.spec.size or HUGE_BYTES
    headers = answer.headers
    if blanks:
        length = str(len(answer.body) + blanks).encode()
        headers = [one for one in headers if one[0].lower() != b"content-length"]
        headers = [*headers, (b"content-length", length)]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if slow is not None:
        await _drip(
            send, answer.body, SLOW_SECONDS if slow.spec.seconds is None else slow.spec.seconds
        )
        return
    await send({"type": "http.response.body", "body": answer.body, "more_body": blanks > 0})
    while blanks > 0:
        # JSON may end in blanks: whoever reads them all gets an answer that is right.
        piece = _BLANKS[:blanks]
        blanks -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": blanks > 0})


async def _drip(send: Send, body: bytes, seconds: float) -> None:
    """The body in pieces, so that the last one leaves after so many seconds."""
    size = max(1, -(-len(body) // _PIECES))
    for start in range(0, len(body), size):
        await asyncio.sleep(seconds / _PIECES)
        await send(
            {"type": "http.response.body", "body": body[start : start + size], "more_body": True}
        )
    await send({"type": "http.response.body", "body": b"", "more_body": False})
