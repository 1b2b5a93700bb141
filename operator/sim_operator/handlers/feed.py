"""The watches of the small kinds: every event goes into the store, and nowhere else.

Low-level event handlers only: kopf's create, update and timer machinery would cost several patches
and milliseconds per object, and leave its annotations on resources that Git owns. SIMs are too many
for it; they come by `kube.watches`.
"""

from typing import Any

import kopf

from sim_operator.api.names import (
    ACCOUNT_KIND,
    ACCOUNT_PLURAL,
    GROUP,
    POLICY_KIND,
    POLICY_PLURAL,
    VERSION,
)
from sim_operator.kube.feed import Feed


def register(registry: kopf.OperatorRegistry, feed: Feed) -> None:
    """Feed the store from kopf's watches."""

    async def account(event: kopf.RawEvent, **_: Any) -> None:
        feed.take_from_kopf(ACCOUNT_KIND, event["type"], event["object"])

    async def policy(event: kopf.RawEvent, **_: Any) -> None:
        feed.take_from_kopf(POLICY_KIND, event["type"], event["object"])

    kopf.on.event(GROUP, VERSION, ACCOUNT_PLURAL, registry=registry)(account)
    kopf.on.event(GROUP, VERSION, POLICY_PLURAL, registry=registry)(policy)
