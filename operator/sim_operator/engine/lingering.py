"""After the end of the work: batches of the Data Streamer are handed on for a moment longer.

Whoever sends them may not have heard yet that this process goes, and a closed port costs 1NCE a
repetition, while a batch that is handed on is safe at once.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable

from sim_operator.domain.resources import AccountRecord
from sim_operator.kube.answers import ApiError

log = logging.getLogger(__name__)

SECONDS = 4.0
_LOOK_SECONDS = 0.5


async def linger(
    accounts: Iterable[AccountRecord],
    look: Callable[[], Awaitable[None]],
    seconds: float = SECONDS,
) -> None:
    """Wait, where an account has a stream, and `look` who takes its batches by now."""
    if not any(account.spec.data_streamer is not None for account in accounts):
        return
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(left):
                await look()
        except (ApiError, TimeoutError) as error:
            log.debug("who takes batches from now on is not known: %s", error)
        await asyncio.sleep(min(_LOOK_SECONDS, left))
