"""Reads objects over one connection that stays open: kubectl starts a process for each look."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from kubernetes import client as library
from kubernetes import config

_connected: Any = config.new_client_from_config  # the library leaves it untyped


class Reader:
    """GET requests as the user of a kubeconfig, however that one logs in."""

    def __init__(self, kubeconfig: Path) -> None:
        """Nothing is read yet."""
        self._client: Any = _connected(str(kubeconfig))

    def get(self, path: str, **query: str) -> dict[str, Any] | None:
        """The JSON at a path of the API, None for 404.

        Raises:
            ApiException: another answer than 2xx or 404.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        headers = {"Accept": "application/json"}
        auth = ["BearerToken"]
        request = self._client.param_serialize(
            "GET", target, header_params=headers, auth_settings=auth
        )
        answer = self._client.call_api(*request, _request_timeout=(5, 30))
        data = answer.read()
        if answer.status == 404:
            return None
        if answer.status >= 300:
            raise library.ApiException(status=answer.status, reason=answer.reason)
        found: dict[str, Any] = orjson.loads(data)
        return found

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
