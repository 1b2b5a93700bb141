"""Secrets and ConfigMaps, read when they are needed and never kept or watched here."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient, quoted


class SecretUnreadableError(Exception):
    """A Secret or ConfigMap whose presence is not known; the message holds nothing of it."""


class SecretReader:
    """Reads one object at a time, by name: neither list nor watch is ever asked for."""

    def __init__(self, api: ApiClient) -> None:
        """`api`: where to read."""
        self._api = api

    async def read_secret(self, key: Key) -> Mapping[str, str] | None:
        """Its values, decoded; None where it does not exist. Values that are no text are left out.

        Raises:
            SecretUnreadableError: the API server did not answer, or did not allow it.
        """
        body = await self._read("secrets", key)
        if body is None:
            return None
        decoded = ((name, _decoded(value)) for name, value in (body.get("data") or {}).items())
        return {name: text for name, text in decoded if text is not None}

    async def read_config_map(self, key: Key) -> Mapping[str, str] | None:
        """Its values; None where it does not exist.

        Raises:
            SecretUnreadableError: the API server did not answer, or did not allow it.
        """
        body = await self._read("configmaps", key)
        return None if body is None else dict(body.get("data") or {})

    async def _read(self, plural: str, key: Key) -> dict[str, Any] | None:
        path = f"/api/v1/namespaces/{quoted(key.namespace)}/{plural}/{quoted(key.name)}"
        try:
            return (await self._api.request("GET", path)).body
        except ApiError as error:
            if error.not_found:
                return None
            raise SecretUnreadableError(f"{plural} {key}: {error}") from error


def _decoded(value: str) -> str | None:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None
