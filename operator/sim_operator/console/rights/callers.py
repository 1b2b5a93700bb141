"""Who calls: by a proxy that is trusted, by a bearer token, or by the cookie of a session."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from starlette.requests import HTTPConnection

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.console.fleet import Fleet
from sim_operator.console.rights.access import Access, Ask, Scope
from sim_operator.console.rights.cookies import Cookies
from sim_operator.console.rights.pace import Paces
from sim_operator.console.rights.proxy import TrustedProxy
from sim_operator.console.rights.remembered import SECONDS, Remembered
from sim_operator.console.rights.sessions import SignedIn
from sim_operator.console.rights.tokens import Tokens
from sim_operator.domain.resources import Key
from sim_operator.hooks.complaints import Complaints
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.impersonation import AUTHENTICATED, Identity
from sim_operator.kube.kinds import KINDS

log = logging.getLogger(__name__)

_BEARER: Final = "bearer "


class By(StrEnum):
    """How somebody was recognized."""

    TOKEN = "token"  # noqa: S105 - a word
    SESSION = "session"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person, or a program, for the time of one request."""

    identity: Identity
    by: By
    write_token: str
    """What a write has to bring along; empty where it needs none."""

    @property
    def name(self) -> str:
        """The user, as RBAC knows it."""
        return self.identity.name


class Rights:
    """Recognizes callers, and asks the API server what they may."""

    def __init__(
        self,
        api: ApiClient,
        fleet: Fleet,
        *,
        key: bytes,
        session_seconds: float,
        proxy: TrustedProxy | None = None,
        groups: Collection[str] = (),
        good_for: float = SECONDS,
    ) -> None:
        """`api`: as the console itself; `key`: signs cookies; `good_for`: seconds of an answer.

        `groups`: those that the console may act for, empty for all. Others are left out, which can
        only take rights away: what somebody is shown and what they may do stay the same thing.
        """
        self._api = api
        self._fleet = fleet
        self._tokens = Tokens(api, remembered=Remembered(seconds=good_for, most=2_000, at_once=8))
        self._access = Access(api, Remembered(seconds=good_for))
        self._proxy = proxy
        self._groups = frozenset(groups) | {AUTHENTICATED} if groups else None
        self._complaints = Complaints(log)
        self.cookies = Cookies(key)
        self.sessions = SignedIn(seconds=session_seconds)
        self.paces = Paces()

    async def viewer(self, connection: HTTPConnection) -> Viewer | None:
        """Who calls; None where nobody can be told.

        Raises:
            ApiError: the API server could not be asked.
        """
        if self._proxy is not None and (named := self._proxy.identity(connection)) is not None:
            token = self.cookies.write_token(f"proxy {named.name}")
            return Viewer(self._narrowed(named), By.PROXY, token)
        authorization = connection.headers.get("authorization", "")
        if authorization[: len(_BEARER)].lower() == _BEARER:
            identity = await self.identity(authorization[len(_BEARER) :].strip())
            # A browser never sends this header by itself, so nobody can make it write with it.
            return None if identity is None else Viewer(identity, By.TOKEN, "")
        return await self._signed_in(connection)

    async def identity(self, token: str) -> Identity | None:
        """Whose a bearer token is; None where it is nobody's.

        Raises:
            ApiError: the API server could not be asked.
        """
        identity = await self._tokens.identity(token)
        if identity is None:
            self._complaints.tell("token", "a token was refused: the API server does not know it")
            return None
        return self._narrowed(identity)

    def _narrowed(self, identity: Identity) -> Identity:
        if self._groups is None:
            return identity
        kept = tuple(group for group in identity.groups if group in self._groups)
        return replace(identity, groups=kept)

    async def _signed_in(self, connection: HTTPConnection) -> Viewer | None:
        number = self.cookies.session(connection)
        session = self.sessions.find(number) if number is not None else None
        if number is None or session is None:
            return None
        identity = await self.identity(session.token)
        if identity is None or identity.name != session.name:
            # The token has ended, or the account behind it was deleted.
            self.sessions.end(number)
            return None
        return Viewer(identity, By.SESSION, self.cookies.write_token(f"session {number}"))

    def is_write_token(self, connection: HTTPConnection, viewer: Viewer, token: str) -> bool:
        """Whether a write brought what it has to."""
        match viewer.by:
            case By.TOKEN:
                return True
            case By.PROXY:
                return self.cookies.is_write_token(f"proxy {viewer.name}", token)
            case By.SESSION:
                number = self.cookies.session(connection) or ""
                return self.cookies.is_write_token(f"session {number}", token)

    def acting(self, viewer: Viewer) -> ApiClient:
        """The API server, as this person: their rights decide, their name stands in its log."""
        return self._api.acting_as(viewer.identity.headers())

    async def scope(self, viewer: Viewer, kind: str) -> Scope:
        """Of which namespaces they may see the objects of a kind of ours.

        Raises:
            ApiError: the API server could not be asked.
        """
        plural = KINDS[kind].plural
        return await self._access.scope(viewer.identity, plural, self._fleet.namespaces(kind))

    async def events_scope(self, viewer: Viewer) -> Scope:
        """Of which namespaces they may see events.

        Raises:
            ApiError: the API server could not be asked.
        """
        among = frozenset[str]().union(
            *(self._fleet.namespaces(kind) for kind in (SIM_KIND, POLICY_KIND, ACCOUNT_KIND))
        )
        return await self._access.scope(viewer.identity, "events", among, group="")

    async def may(self, viewer: Viewer, verb: str, kind: str, key: Key) -> bool:
        """Whether they may do this to one object of ours.

        Raises:
            ApiError: the API server could not be asked.
        """
        ask = Ask(verb, KINDS[kind].plural, key.namespace, name=key.name)
        return await self._access.may(viewer.identity, ask)
