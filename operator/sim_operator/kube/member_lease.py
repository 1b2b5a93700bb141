"""The Lease by which one replica of several shows that it is alive.

It has a name of its own, so nobody competes for it. What it holds are the accounts: all of them
count as its holder's only while this one Lease is renewed. So whoever finds it outdated may delete
it, and a process whose Lease is gone has to end: it never makes another one.
"""

import hashlib
import logging
from typing import Any

from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient, quoted
from sim_operator.kube.lease import Lease

logger = logging.getLogger(__name__)

ROLE = "sim-operator.io/lease"
"""Label: what a Lease is there for."""
MEMBER = "member"
_RELEASE_TIMEOUT = 5.0


def member_name(identity: str) -> str:
    """The name of the Lease of a process."""
    digest = hashlib.blake2b(identity.encode(), digest_size=5).hexdigest()
    return f"sim-operator-member-{digest}"


class MemberLease(Lease):
    """The Lease of this process alone; `leading` is set while it stands."""

    def __init__(self, api: ApiClient, namespace: str, *, identity: str, **options: Any) -> None:
        """`options` are those of a `Lease`."""
        super().__init__(
            api,
            namespace,
            member_name(identity),
            identity=identity,
            labels={ROLE: MEMBER},
            **options,
        )

    async def _look(self) -> None:
        before = self._body
        await super()._look()
        if self.leading.is_set() and (before is None or _uid(self._body) != _uid(before)):
            self._lose("it was deleted, so others count this process as gone")

    async def release(self) -> None:
        """Stop, and take the Lease away; harmless if there is none."""
        self._stopping.set()
        async with self._attempting:
            if not self.leading.is_set() or self._body is None:
                return
            self.leading.clear()
            try:
                await self._api.request(
                    "DELETE",
                    f"{self._collection}/{quoted(self._name)}",
                    body=preconditions(str(_uid(self._body))),
                    timeout=_RELEASE_TIMEOUT,
                )
            except ApiError as error:
                logger.warning("the Lease of this process has to expire: %s", error)


def preconditions(uid: str, version: str | None = None) -> dict[str, Any]:
    """Options of a DELETE that must meet this very object, in this very version."""
    wanted = {"uid": uid} | ({"resourceVersion": version} if version is not None else {})
    return {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": wanted}


def _uid(body: dict[str, Any] | None) -> str | None:
    return ((body or {}).get("metadata") or {}).get("uid")
