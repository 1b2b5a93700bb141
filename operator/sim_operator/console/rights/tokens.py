"""Whose a bearer token is, by the API server's own word: TokenReview.

A token is remembered by its digest, so that a dump of this memory gives none away.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from sim_operator.console.rights.remembered import Remembered
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.impersonation import Identity

LONGEST: Final = 16 * 1024
_PATH: Final = "/apis/authentication.k8s.io/v1/tokenreviews"


class Tokens:
    """Reviews tokens of one audience; each answer is good for less than a minute."""

    def __init__(
        self, api: ApiClient, *, audience: str = "", remembered: Remembered[Identity | None]
    ) -> None:
        """`audience`: for whom a token must be made; empty: for the API server itself."""
        self._api = api
        self._audience = audience
        self._remembered = remembered

    async def identity(self, token: str) -> Identity | None:
        """Whose the token is; None where it is nobody's, has ended, or is for somebody else.

        Raises:
            ApiError: the API server could not be asked.
        """
        if not token or len(token) > LONGEST:
            return None
        digest = hashlib.sha256(token.encode()).digest()
        return await self._remembered.get(digest, lambda: self._review(token))

    async def _review(self, token: str) -> Identity | None:
        spec: dict[str, object] = {"token": token}
        if self._audience:
            spec["audiences"] = [self._audience]
        body = {
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "TokenReview",
            "spec": spec,
        }
        status = (await self._api.request("POST", _PATH, body=body)).body.get("status") or {}
        if status.get("authenticated") is not True or not self._is_for_us(status.get("audiences")):
            return None
        identity = Identity.of(status.get("user") or {})
        return identity if identity.name else None

    def _is_for_us(self, audiences: Sequence[str] | None) -> bool:
        """An authenticator that knows no audiences must not let every token pass for ours."""
        return not self._audience or self._audience in (audiences or ())
