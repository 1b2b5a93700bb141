"""A quick hand on the API server: one connection, and the status of each answer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from kubernetes import config

from tests.integration.world import Json

_connected: Any = config.new_client_from_config  # the library leaves it untyped
_GROUP: Final = "/apis/sim-operator.io/v1alpha1/namespaces"
PLURALS: Final = {"SIM": "sims", "SIMAccount": "simaccounts", "QuotaPolicy": "quotapolicies"}


class Hand:
    """Acts as the user of a kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client: Any = _connected(str(kubeconfig))

    def close(self) -> None:
        self._client.close()

    def create(self, body: Json) -> int:
        """The status of the answer."""
        return self._ask("POST", self._path(body), body)[0]

    def patch(self, kind: str, namespace: str, name: str, change: Json, part: str = "") -> int:
        """A merge patch; `part`: a subresource."""
        path = f"{_GROUP}/{namespace}/{PLURALS[kind]}/{name}" + (f"/{part}" if part else "")
        return self._ask("PATCH", path, change, "application/merge-patch+json")[0]

    def replace_spec(self, kind: str, namespace: str, name: str, spec: Json) -> int:
        """Another spec as a whole, as `kubectl replace` does."""
        path = f"{_GROUP}/{namespace}/{PLURALS[kind]}/{name}"
        status, found = self._ask("GET", path)
        if status != 200:
            return status
        return self._ask("PUT", path, {**found, "spec": spec})[0]

    def delete(self, kind: str, namespace: str, name: str) -> int:
        return self._ask("DELETE", f"{_GROUP}/{namespace}/{PLURALS[kind]}/{name}")[0]

    def listed(self, kind: str, namespace: str) -> list[Json]:
        found = self._ask("GET", f"{_GROUP}/{namespace}/{PLURALS[kind]}")[1]
        items: list[Json] = found.get("items") or []
        return items

    def secret(self, namespace: str, name: str, data: Mapping[str, str]) -> int:
        """Create or replace a Secret."""
        path = f"/api/v1/namespaces/{namespace}/secrets"
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": dict(data),
        }
        status = self._ask("POST", path, body)[0]
        if status == 409:
            status = self._ask("PUT", f"{path}/{name}", body)[0]
        return status

    def drop_secret(self, namespace: str, name: str) -> int:
        return self._ask("DELETE", f"/api/v1/namespaces/{namespace}/secrets/{name}")[0]

    def label_namespace(self, name: str, labels: Mapping[str, str | None]) -> int:
        change = {"metadata": {"labels": dict(labels)}}
        return self._ask(
            "PATCH", f"/api/v1/namespaces/{name}", change, "application/merge-patch+json"
        )[0]

    def _path(self, body: Json) -> str:
        return f"{_GROUP}/{body['metadata']['namespace']}/{PLURALS[body['kind']]}"

    def _ask(
        self, method: str, path: str, body: Any = None, content: str = "application/json"
    ) -> tuple[int, Json]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content
        request = self._client.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        answer = self._client.call_api(*request, _request_timeout=(5, 60))
        data = answer.read()
        assert answer.status < 500, f"{method} {path}: {answer.status} {data!r}"
        return int(answer.status), orjson.loads(data) if data else {}
