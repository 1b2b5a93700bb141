"""People whom a proxy in front has signed in, as OAuth2 Proxy does with OIDC.

Anybody can send headers. They are believed only where the request comes from a network of the
proxy, and brings the secret that only the proxy has. Nobody becomes `system:` anything by them.
"""

import hmac
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final, Self

from starlette.requests import HTTPConnection

from sim_operator.console.settings import ConsoleSettings, Network
from sim_operator.kube.impersonation import AUTHENTICATED, Identity
from sim_operator.settings import SettingsError

SECRET_HEADER: Final = "X-Sim-Operator-Proxy-Secret"  # noqa: S105 - the name of a header
_SHORTEST_SECRET: Final = 16
_LONGEST_NAME: Final = 256
_MOST_GROUPS: Final = 200
_RESERVED: Final = "system:"


class TrustedProxy:
    """Reads the headers of one proxy."""

    def __init__(
        self,
        networks: tuple[Network, ...],
        secret: str,
        *,
        user_header: str,
        groups_header: str,
        prefix: str,
    ) -> None:
        """`prefix`: what stands before each user and group in RBAC."""
        self._networks = networks
        self._secret = sha256(secret.encode()).digest()
        self._user_header = user_header
        self._groups_header = groups_header
        self._prefix = prefix

    @classmethod
    def of(cls, settings: ConsoleSettings) -> Self | None:
        """The proxy of the settings; None without one.

        Raises:
            SettingsError: its secret cannot be read, or is too short.
        """
        file = settings.console_proxy_secret_file
        if file is None or not settings.console_proxy_networks:
            return None
        return cls(
            settings.console_proxy_networks,
            _secret(file),
            user_header=settings.console_proxy_user_header,
            groups_header=settings.console_proxy_groups_header,
            prefix=settings.console_proxy_prefix,
        )

    def identity(self, connection: HTTPConnection) -> Identity | None:
        """Who the proxy says it is; None where the proxy did not say it."""
        if not self._is_proxy(connection):
            return None
        users = connection.headers.getlist(self._user_header)
        # Of two headers one may be the caller's own, which the proxy let through.
        if len(users) != 1 or not (name := self._named(users[0])):
            return None
        told = ",".join(connection.headers.getlist(self._groups_header)).split(",")
        groups = [self._named(one) for one in told if one.strip()]
        if not all(groups) or len(groups) > _MOST_GROUPS:
            return None
        return Identity(name=name, groups=(*dict.fromkeys(groups), AUTHENTICATED))

    def _is_proxy(self, connection: HTTPConnection) -> bool:
        secrets = connection.headers.getlist(SECRET_HEADER)
        if len(secrets) != 1 or connection.client is None:
            return False
        given = sha256(secrets[0].encode()).digest()
        return hmac.compare_digest(given, self._secret) and self._is_near(connection.client.host)

    def _is_near(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def _named(self, text: str) -> str:
        """The name in RBAC; empty for one that nobody may have."""
        try:
            # Headers are read as Latin-1, and proxies send UTF-8.
            name = text.encode("latin-1").decode().strip()
        except UnicodeError:
            return ""
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            return ""
        named = f"{self._prefix}{name}"
        return "" if named.startswith(_RESERVED) else named


def _secret(file: Path) -> str:
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"SIM_OPERATOR_CONSOLE_PROXY_SECRET_FILE: {file} cannot be read: {type(error).__name__}"
        ) from None
    if len(secret) < _SHORTEST_SECRET:
        raise SettingsError(
            "SIM_OPERATOR_CONSOLE_PROXY_SECRET_FILE: the secret has fewer than "
            f"{_SHORTEST_SECRET} characters; make one as `openssl rand -base64 32` does"
        )
    return secret
