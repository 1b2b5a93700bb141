"""A token that is read again: when it grows old, and at once when the API server refuses it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

_HEADER = "BearerToken"


class Renewal:
    """The hook that the library's configuration calls before each use of a token."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Mapping[str, str]]],
        lifetime: float,
        monotonic: Callable[[], float],
    ) -> None:
        """`read` gives the keys as they are now; `lifetime`: seconds for which a token is used."""
        self._read = read
        self._lifetime = lifetime
        self._monotonic = monotonic
        self._due = monotonic() + lifetime

    async def __call__(self, used: Any) -> None:
        """Put a fresh token into the configuration that is in use, where it is due."""
        if self._monotonic() < self._due:
            return
        self._due = self._monotonic() + self._lifetime
        used.api_key.update(await self._read())

    def refused(self) -> None:
        """The API server does not take the token: the next use reads it anew."""
        self._due = float("-inf")


async def authorization(configuration: Any) -> dict[str, str]:
    """The header that says who we are; empty where a client certificate does."""
    setting = (await configuration.auth_settings()).get(_HEADER)
    if not setting or not setting["value"]:
        return {}
    return {setting["key"]: setting["value"]}
