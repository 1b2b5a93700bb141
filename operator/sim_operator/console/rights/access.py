"""What a person may do, by the API server's own word: SubjectAccessReview."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sim_operator.api.names import GROUP
from sim_operator.console.rights.remembered import Remembered
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.impersonation import Identity

_PATH: Final = "/apis/authorization.k8s.io/v1/subjectaccessreviews"


class Ask(NamedTuple):
    """One question; an empty namespace means: in all of them."""

    verb: str
    resource: str
    namespace: str = ""
    group: str = GROUP
    name: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """The namespaces that a person may see of one kind of object."""

    namespaces: frozenset[str] | None
    """None: all of them, those that are made later included."""

    def covers(self, namespace: str) -> bool:
        """Whether it may be seen."""
        return self.namespaces is None or namespace in self.namespaces

    @property
    def empty(self) -> bool:
        """Whether nothing may be seen."""
        return self.namespaces is not None and not self.namespaces


class Access:
    """Asks on behalf of people; each answer is good for less than a minute."""

    def __init__(self, api: ApiClient, remembered: Remembered[bool]) -> None:
        """`api`: as the console itself, which may ask about others."""
        self._api = api
        self._remembered = remembered

    async def may(self, who: Identity, ask: Ask) -> bool:
        """Whether the API server would let them.

        Raises:
            ApiError: it could not be asked.
        """
        return await self._remembered.get((who, ask), lambda: self._review(who, ask))

    async def scope(
        self, who: Identity, resource: str, among: Iterable[str], group: str = GROUP
    ) -> Scope:
        """In which namespaces they may list a resource, everywhere or in some of `among`.

        Raises:
            ApiError: it could not be asked.
        """
        if await self.may(who, Ask("list", resource, group=group)):
            return Scope(None)
        names = sorted(set(among))
        answers = await asyncio.gather(
            *(self.may(who, Ask("list", resource, name, group)) for name in names)
        )
        return Scope(frozenset(name for name, yes in zip(names, answers, strict=True) if yes))

    async def _review(self, who: Identity, ask: Ask) -> bool:
        attributes = {
            "verb": ask.verb,
            "group": ask.group,
            "resource": ask.resource,
            "namespace": ask.namespace,
            "name": ask.name,
        }
        body = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {**who.subject(), "resourceAttributes": attributes},
        }
        status = (await self._api.request("POST", _PATH, body=body)).body.get("status") or {}
        return status.get("allowed") is True
