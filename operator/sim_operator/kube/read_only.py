"""A connection that cannot write: for commands that promise to change nothing."""

from collections.abc import Mapping
from typing import Any, Final

from sim_operator.kube.answers import Answer
from sim_operator.kube.connection import JSON, ApiClient

DRY_RUN: Final = "All"


class ReadOnlyApi(ApiClient):
    """A connection that lets through what reads, and what the API server only pretends to do."""

    def __init__(self, inner: ApiClient) -> None:
        """`inner` sends."""
        self._inner = inner

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | list[Any] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: float | None = None,
    ) -> Answer:
        """As `ApiClient.request`.

        Raises:
            ApiError: as there.
            RuntimeError: the request would write.
        """
        if method != "GET" and (query or {}).get("dryRun") != DRY_RUN:
            raise RuntimeError(f"this command writes nothing, and {method} {path} would")
        return await self._inner.request(
            method,
            path,
            query=query,
            body=body,
            content_type=content_type,
            accept=accept,
            timeout=timeout,
        )
