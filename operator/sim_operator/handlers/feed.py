"""Watches: every event of our resources goes into the store, and nowhere else.

Low-level event handlers only: kopf's create, update and timer machinery would cost several patches
and milliseconds per object, and leave its annotations on resources that Git owns.
"""

from typing import Any

import kopf

from sim_operator.api.names import (
    ACCOUNT_KIND,
    ACCOUNT_PLURAL,
    GROUP,
    POLICY_KIND,
    POLICY_PLURAL,
    SIM_KIND,
    SIM_PLURAL,
    VERSION,
)
from sim_operator.kube.feed import Feed


def register(registry: kopf.OperatorRegistry, feed: Feed) -> None:
    """Feed the store from kopf's watches."""

    async def sim(event: kopf.RawEvent, **_: Any) -> None:
        feed.take(SIM_KIND, event["type"], event["object"])

    async def account(event: kopf.RawEvent, **_: Any) -> None:
        feed.take(ACCOUNT_KIND, event["type"], event["object"])

    async def policy(event: kopf.RawEvent, **_: Any) -> None:
        feed.take(POLICY_KIND, event["type"], event["object"])

    kopf.on.event(GROUP, VERSION, SIM_PLURAL, registry=registry)(sim)
    kopf.on.event(GROUP, VERSION, ACCOUNT_PLURAL, registry=registry)(account)
    kopf.on.event(GROUP, VERSION, POLICY_PLURAL, registry=registry)(policy)
