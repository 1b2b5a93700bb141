"""What whoever worked before us left in the statuses."""

import asyncio
import logging

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.kube.answers import ApiError
from sim_operator.kube.relist import Relist
from sim_operator.kube.store import Store

log = logging.getLogger(__name__)

_RETRY_SECONDS = 2.0


async def know_resources(relist: Relist, store: Store) -> None:
    """Read it: a watch may lag behind, and no budget, rejected sweep or hold may be forgotten."""
    await _renew(relist, ACCOUNT_KIND)
    # Of a whole fleet only what still lags is read: first let the watch bring what it can.
    await store.complete.wait()
    await _renew(relist, POLICY_KIND)
    await _renew(relist, SIM_KIND)


async def _renew(relist: Relist, kind: str) -> None:
    while True:
        try:
            await relist.renew(kind)
        except ApiError as error:
            log.warning("%ss cannot be read, so nothing is done yet: %s", kind, error)
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return
