"""Kinds of kopf's whose CRD comes or goes while the operator runs.

At each event of a CRD, kopf asks the API server once which kinds it serves. The API server may list
the kind only a moment after that event, and then nobody would ask again: it would stay without a
watch. So both are compared every few seconds, and kopf is made to ask again where they differ.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

import aiohttp
import kopf
from kopf._cogs.clients.errors import APIError
from kopf._cogs.structs.references import Insights
from kopf._core.reactor.observation import process_discovered_resource_event

from sim_operator.api.names import ACCOUNT_PLURAL, GROUP, POLICY_PLURAL, VERSION
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient

log = logging.getLogger(__name__)

_PATH = f"/apis/{GROUP}/{VERSION}"
_PAUSE_SECONDS = 5.0


def register(
    registry: kopf.OperatorRegistry, settings: kopf.OperatorSettings, api: ApiClient
) -> Insights:
    """Keep kopf's picture of our kinds true; `kopf.operator` has to be given what this returns."""
    insights = Insights()
    tasks: list[asyncio.Task[None]] = []

    async def compare() -> None:
        await insights.ready_resources.wait()
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                if await _served(api) != _watched(insights):
                    await _ask_again(registry, settings, insights)
            except (ApiError, APIError, aiohttp.ClientError, TimeoutError) as error:
                log.info("which kinds there are could not be asked: %s", error)
            except Exception:
                # Nobody waits for this task: its end would go unnoticed until a kind is missed.
                log.exception("comparing the kinds that are watched failed; it is tried again")

    async def startup(**_: Any) -> None:
        # Here, because what kopf asks needs the login that it keeps for its own tasks.
        tasks.append(asyncio.create_task(compare(), name="discovery"))

    async def cleanup(**_: Any) -> None:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    kopf.on.startup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(startup)
    kopf.on.cleanup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(cleanup)
    return insights


async def _served(api: ApiClient) -> set[str]:
    """The kinds that kopf is to watch and that the API server has, in plural."""
    try:
        found = (await api.request("GET", _PATH)).body.get("resources") or ()
    except ApiError as error:
        if not error.not_found:
            raise
        return set()
    return {ACCOUNT_PLURAL, POLICY_PLURAL} & {str(one["name"]) for one in found}


def _watched(insights: Insights) -> set[str]:
    return {resource.plural for resource in insights.watched_resources if resource.group == GROUP}


async def _ask_again(
    registry: kopf.OperatorRegistry, settings: kopf.OperatorSettings, insights: Insights
) -> None:
    await process_discovered_resource_event(
        raw_event={"type": "MODIFIED", "object": {"spec": {"group": GROUP}}},
        settings=settings,
        registry=registry,
        insights=insights,
    )
    log.info("watching %s", ", ".join(sorted(_watched(insights))) or "no kind")
