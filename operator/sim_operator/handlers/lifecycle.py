"""Start and stop: the operator lives between kopf's startup and cleanup.

Kopf ends whatever still runs in its event loop when it exits, so everything is stopped in its
cleanup, while the loop still turns.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import kopf


def register(
    registry: kopf.OperatorRegistry,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
) -> None:
    """Call `start` before the first watch and `stop` after the last."""

    async def startup(**_: Any) -> None:
        await start()

    async def cleanup(**_: Any) -> None:
        await stop()

    kopf.on.startup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(startup)
    kopf.on.cleanup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(cleanup)


def login(registry: kopf.OperatorRegistry) -> None:
    """Find the cluster as kubectl does.

    KUBECONFIG or ~/.kube/config, then the pod's ServiceAccount.
    """

    async def from_kubeconfig(**kwargs: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_kubeconfig(**kwargs)

    async def from_service_account(**kwargs: Any) -> kopf.ConnectionInfo | None:
        return kopf.login_with_service_account(**kwargs)

    kopf.on.login(registry=registry, errors=kopf.ErrorsMode.IGNORED)(from_kubeconfig)
    kopf.on.login(registry=registry, errors=kopf.ErrorsMode.IGNORED)(from_service_account)
