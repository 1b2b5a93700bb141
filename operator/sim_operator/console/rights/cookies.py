"""Signed cookies, and the tokens that a write has to bring along with them.

A cookie is sent by the browser also where another site made it ask; the token is not. Both are
signed with one key under different salts, so that neither can stand for the other.
"""

import hashlib
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, Signer
from starlette.requests import HTTPConnection
from starlette.responses import Response

from sim_operator.settings import SettingsError

_SHORTEST_KEY: Final = 32
_SESSION: Final = "session"
_BROWSER: Final = "browser"
_BROWSER_SECONDS: Final = 3600


def key_of(file: Path | None) -> bytes:
    """The key in the file; without one a new one, with which every restart signs everybody out.

    Raises:
        SettingsError: the file cannot be read, or its key is too short.
    """
    if file is None:
        return secrets.token_bytes(_SHORTEST_KEY)
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"SIM_OPERATOR_CONSOLE_KEY_FILE: {file}: {error.strerror}") from None
    if len(key) < _SHORTEST_KEY:
        raise SettingsError(
            f"SIM_OPERATOR_CONSOLE_KEY_FILE: the key has {len(key)} bytes; make one of "
            f"{_SHORTEST_KEY} or more, as `openssl rand -base64 48` does"
        )
    return key


class Cookies:
    """Makes and reads them."""

    def __init__(self, key: bytes) -> None:
        """`key`: secret, 32 bytes or more."""
        self._signers: Mapping[str, Signer] = {
            kind: Signer(key, salt=f"sim-operator.{kind}", digest_method=_sha256)
            for kind in (_SESSION, _BROWSER, "write")
        }

    def session(self, connection: HTTPConnection) -> str | None:
        """The number of the session that the request brings."""
        return self._read(connection, _SESSION)

    def set_session(self, connection: HTTPConnection, response: Response, number: str) -> None:
        """Give the browser a session, until it is closed."""
        self._set(connection, response, _SESSION, number)

    def clear(self, connection: HTTPConnection, response: Response) -> None:
        """Take both cookies away."""
        for kind in (_SESSION, _BROWSER):
            secure = not is_loopback(connection)
            response.delete_cookie(
                _name(kind, secure=secure), secure=secure, httponly=True, samesite="strict"
            )

    def form(self, connection: HTTPConnection, response: Response) -> str:
        """The write token of a form for somebody who is not signed in yet."""
        browser = self._read(connection, _BROWSER)
        if browser is None:
            browser = secrets.token_urlsafe(16)
            self._set(connection, response, _BROWSER, browser, _BROWSER_SECONDS)
        return self.write_token(f"browser {browser}")

    def is_form(self, connection: HTTPConnection, token: str) -> bool:
        """Whether the token is that of `form`, for this browser."""
        browser = self._read(connection, _BROWSER)
        return browser is not None and self.is_write_token(f"browser {browser}", token)

    def write_token(self, bound: str) -> str:
        """What a write has to bring; `bound`: what it is good for, such as one session."""
        return self._signers["write"].get_signature(bound).decode()

    def is_write_token(self, bound: str, token: str) -> bool:
        """Whether it is that one; compared in constant time."""
        return self._signers["write"].verify_signature(bound, token)

    def _read(self, connection: HTTPConnection, kind: str) -> str | None:
        name = _name(kind, secure=not is_loopback(connection))
        try:
            return self._signers[kind].unsign(connection.cookies.get(name, "")).decode()
        except (BadSignature, UnicodeDecodeError):
            return None

    def _set(
        self,
        connection: HTTPConnection,
        response: Response,
        kind: str,
        value: str,
        seconds: int | None = None,
    ) -> None:
        secure = not is_loopback(connection)
        response.set_cookie(
            _name(kind, secure=secure),
            self._signers[kind].sign(value).decode(),
            max_age=seconds,
            path="/",
            secure=secure,
            httponly=True,
            samesite="strict",
        )


def is_loopback(connection: HTTPConnection) -> bool:
    """Whether the browser asked its own machine, where there is no TLS and nobody who listens in.

    By what the browser calls it: only the browser that would send the cookie can lie about that.
    """
    host = connection.url.hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _name(kind: str, *, secure: bool) -> str:
    """With the prefix a browser takes it only over TLS, and from no neighbouring host."""
    return f"__Host-sim-operator-{kind}" if secure else f"sim-operator-{kind}"


def _sha256(data: bytes = b"") -> "hashlib._Hash":
    return hashlib.sha256(data)
