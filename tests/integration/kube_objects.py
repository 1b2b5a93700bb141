"""What a person does to objects while the operator works."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from sim_operator.api.names import ACCOUNT_KIND, API_VERSION, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import MERGE_PATCH, ApiClient, Stream
from sim_operator.kube.kinds import KINDS

ICCID = "8988303000123456789"


class Recording(ApiClient):
    """Passes every request on, and remembers which there were, and how they were refused."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self.requests: list[tuple[str, str]] = []
        self.refused: list[int | None] = []

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        self.requests.append((method, path))
        try:
            return await self._api.request(method, path, **options)
        except ApiError as error:
            self.refused.append(error.status)
            raise

    @asynccontextmanager
    async def stream(self, path: str, **options: Any) -> AsyncIterator[Stream]:
        self.requests.append(("WATCH", path))
        try:
            async with self._api.stream(path, **options) as stream:
                yield stream
        except ApiError as error:
            self.refused.append(error.status)
            raise


class Person:
    """Creates, reads and deletes objects of one namespace."""

    def __init__(self, api: ApiClient, namespace: str) -> None:
        self.api = api
        self.namespace = namespace

    def key(self, name: str) -> Key:
        return Key(self.namespace, name)

    async def create_sim(self, name: str, **spec: Any) -> dict[str, Any]:
        return await self._create(SIM_KIND, name, {"iccid": ICCID, **spec})

    async def create_account(self, name: str) -> dict[str, Any]:
        return await self._create(ACCOUNT_KIND, name, {"credentialsSecretRef": {"name": "once"}})

    async def create_policy(self, name: str, **spec: Any) -> dict[str, Any]:
        every_sim = {"selector": {}, "data": {"perSIM": "40Mi"}}
        return await self._create(POLICY_KIND, name, every_sim | spec)

    async def read(self, kind: str, name: str) -> dict[str, Any] | None:
        try:
            return (await self.api.request("GET", KINDS[kind].item(self.key(name)))).body
        except ApiError as error:
            if error.not_found:
                return None
            raise

    async def status(self, name: str) -> dict[str, Any]:
        body = await self.read(SIM_KIND, name)
        assert body is not None
        status: dict[str, Any] = body.get("status", {})
        return status

    async def label(self, name: str, **labels: str) -> dict[str, Any]:
        path = KINDS[SIM_KIND].item(self.key(name))
        patch = {"metadata": {"labels": labels}}
        return (await self.api.request("PATCH", path, body=patch, content_type=MERGE_PATCH)).body

    async def delete_sim(self, name: str) -> None:
        await self.api.request("DELETE", KINDS[SIM_KIND].item(self.key(name)))

    async def _create(self, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
        body = {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }
        path = KINDS[kind].collection(self.namespace)
        return (await self.api.request("POST", path, body=body)).body


def canonical(status: dict[str, Any]) -> bytes:
    return orjson.dumps(status, option=orjson.OPT_SORT_KEYS)
