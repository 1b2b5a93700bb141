"""Credentials and bearer tokens: every call gives a new token, old ones live on."""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

from .config import Credential

_TOKEN_BYTES = 2250  # about 3000 characters, as long as real ones


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows, and until when (monotonic seconds)."""

    client_id: str
    customer: str
    fingerprint: str
    expires: float


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no token was given: the body of a 400."""

    error_code: str
    message: str


class TokenOffice:
    """Gives tokens and knows them again; keeps digests only."""

    def __init__(self, credentials: tuple[Credential, ...], lifetime: float) -> None:
        """Accept these pairs; tokens live for so many real seconds."""
        self.lifetime = lifetime
        self._credentials = {pair.client_id: pair for pair in credentials}
        self._grants: dict[bytes, Grant] = {}

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """The accepted pairs."""
        return tuple(self._credentials.values())

    def replace_credentials(self, credentials: tuple[Credential, ...]) -> None:
        """Rotate: only these pairs get tokens from now on; tokens in use stay valid."""
        self._credentials = {pair.client_id: pair for pair in credentials}

    def grant(self, client_id: str, client_secret: str) -> tuple[str, Grant] | Refusal:
        """A new token for a pair that is known."""
        pair = self._credentials.get(client_id)
        if pair is None:
            return Refusal("BadCredentials", "User does not exist.")
        if not hmac.compare_digest(pair.client_secret.encode(), client_secret.encode()):
            return Refusal("BadCredentials", "Incorrect username or password")
        now = time.monotonic()
        self._grants = {d: g for d, g in self._grants.items() if g.expires > now}
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        digest = hashlib.sha256(token.encode()).digest()
        grant = Grant(client_id, pair.customer, digest.hex()[:12], now + self.lifetime)
        self._grants[digest] = grant
        return token, grant

    def recognise(self, authorization: str) -> Grant | None:
        """The grant behind an ``Authorization`` header, if its token is alive."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        grant = self._grants.get(hashlib.sha256(token.strip().encode()).digest())
        return grant if grant is not None and grant.expires > time.monotonic() else None

    def revoke(self, fingerprint: str | None = None) -> int:
        """Make one token, or all, worthless; returns how many."""
        kept = {d: g for d, g in self._grants.items() if fingerprint not in (None, g.fingerprint)}
        revoked = len(self._grants) - len(kept)
        self._grants = kept
        return revoked


def basic_pair(authorization: str) -> tuple[str, str]:
    """User name and password of a Basic header; what is missing is empty."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password
