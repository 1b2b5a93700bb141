"""The Leases that say which replica acts for which account.

One for each account, never renewed: it counts as long as the Lease of the replica that it names.
Every change carries the resourceVersion that was looked at, so of two takers one succeeds.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.kube.address import place
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient, quoted
from sim_operator.kube.lease_record import ADDRESS, micro_time, read_lease
from sim_operator.kube.member_lease import MEMBER, ROLE, preconditions
from sim_operator.planning.vigil import Pulse

logger = logging.getLogger(__name__)

ACCOUNT = "account"
"""Value of the label `ROLE` on the Lease of an account."""
ACCOUNT_NAME = "sim-operator.io/account"
"""Annotation: the account, as `namespace/name`."""
_TIMEOUT = 4.0
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Member:
    """The Lease of a replica, as it was at a look."""

    name: str
    uid: str
    version: str
    pulse: Pulse
    address: str | None
    """Where it takes Data Streamer batches, `ip:port`."""


@dataclass(frozen=True, slots=True)
class AccountLease:
    """The Lease of an account, as it was at a look."""

    name: str
    uid: str
    version: str
    holder: str
    """Identity of a replica; empty: it was given up."""
    body: Mapping[str, Any] = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Look:
    """All of these Leases, as they were at one moment."""

    members: Mapping[str, Member]
    """By identity."""
    accounts: Mapping[Key, AccountLease]

    @property
    def pulses(self) -> dict[str, Pulse]:
        """What the members show of their life."""
        return {identity: member.pulse for identity, member in self.members.items()}

    @property
    def holders(self) -> dict[Key, str]:
        """Who is named by the Lease of each account."""
        return {account: lease.holder for account, lease in self.accounts.items()}


class AccountLeases:
    """Reads and writes them."""

    def __init__(self, api: ApiClient, namespace: str, identity: str) -> None:
        """`identity`: of this process."""
        self._api = api
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{quoted(namespace)}/leases"
        self._identity = identity

    async def look(self) -> Look:
        """List them.

        Raises:
            ApiError: no list could be had.
        """
        answer = await self._api.request(
            "GET",
            self._collection,
            query={"labelSelector": f"{ROLE} in ({MEMBER},{ACCOUNT})"},
            timeout=_TIMEOUT,
        )
        members: dict[str, Member] = {}
        accounts: dict[Key, AccountLease] = {}
        for body in answer.body.get("items") or ():
            if body["metadata"]["labels"].get(ROLE) == MEMBER:
                members[read_lease(body).holder] = _member(body)
            elif (account := _account(body)) is not None:
                accounts[account] = _account_lease(body)
        members.pop("", None)
        return Look(members, accounts)

    async def take(self, account: Key, seen: AccountLease | None) -> AccountLease | None:
        """Take an account whose Lease was seen so; None: somebody else was faster.

        Raises:
            ApiError: it is not known whether that succeeded.
        """
        kept = read_lease(seen.body) if seen is not None else None
        return await self._write(
            account, seen, self._identity, 0 if kept is None else kept.transitions + 1
        )

    async def give_up(self, account: Key, held: AccountLease) -> None:
        """Say that nobody acts for an account any more, once that is so.

        Raises:
            ApiError: it is not known whether that succeeded.
        """
        if await self._write(account, held, "", read_lease(held.body).transitions) is None:
            logger.warning("the Lease of SIMAccount %s was another one by then", account)

    async def remove(self, lease: AccountLease) -> None:
        """Delete the Lease of an account that is no more.

        Raises:
            ApiError: it is not known whether that succeeded.
        """
        await self._delete(lease.name, preconditions(lease.uid, lease.version))

    async def fence(self, member: Member) -> bool:
        """Delete the Lease of a member that has ended; False: it was renewed after all.

        Raises:
            ApiError: it is not known whether that succeeded.
        """
        return await self._delete(member.name, preconditions(member.uid, member.version))

    async def _delete(self, name: str, options: Mapping[str, Any]) -> bool:
        try:
            await self._api.request(
                "DELETE", f"{self._collection}/{quoted(name)}", body=options, timeout=_TIMEOUT
            )
        except ApiError as error:
            if error.conflict:
                return False
            if not error.not_found:
                raise
        return True

    async def _write(
        self, account: Key, seen: AccountLease | None, holder: str, transitions: int
    ) -> AccountLease | None:
        body = _body(account, seen, holder, transitions)
        method, path = "POST", self._collection
        if seen is not None:
            method, path = "PUT", f"{self._collection}/{quoted(seen.name)}"
        try:
            answer = await self._api.request(method, path, body=body, timeout=_TIMEOUT)
        except ApiError as error:
            if error.conflict or error.not_found:
                return None
            raise
        return _account_lease(answer.body)


def account_lease_name(account: Key) -> str:
    """The name of the Lease of an account: readable, and no two alike."""
    digest = hashlib.blake2b(str(account).encode(), digest_size=4).hexdigest()
    shown = f"{account.namespace}.{account.name}"[:_SHOWN].rstrip("-.")
    return f"sim-operator-account-{shown}-{digest}"


def _body(account: Key, seen: AccountLease | None, holder: str, transitions: int) -> dict[str, Any]:
    kept: dict[str, Any] = dict(seen.body.get("metadata") or {}) if seen is not None else {}
    kept.pop("managedFields", None)
    stamp = micro_time(datetime.now(UTC))
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            **kept,
            "name": account_lease_name(account),
            "labels": {**(kept.get("labels") or {}), ROLE: ACCOUNT},
            "annotations": {**(kept.get("annotations") or {}), ACCOUNT_NAME: str(account)},
        },
        "spec": {
            "holderIdentity": holder,
            "acquireTime": stamp,
            "leaseTransitions": transitions,
        },
    }


def _member(body: Mapping[str, Any]) -> Member:
    metadata, record = body["metadata"], read_lease(body)
    return Member(
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        pulse=Pulse(metadata["resourceVersion"], record.duration),
        address=place((metadata.get("annotations") or {}).get(ADDRESS)),
    )


def _account_lease(body: Mapping[str, Any]) -> AccountLease:
    metadata = body["metadata"]
    return AccountLease(
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        holder=read_lease(body).holder,
        body=body,
    )


def _account(body: Mapping[str, Any]) -> Key | None:
    """The account of a Lease, where name and annotation agree."""
    told = (body["metadata"].get("annotations") or {}).get(ACCOUNT_NAME, "")
    namespace, slash, name = told.partition("/")
    account = Key(namespace, name)
    return account if slash and account_lease_name(account) == body["metadata"]["name"] else None
