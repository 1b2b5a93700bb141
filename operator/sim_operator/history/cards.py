"""SIMs and whose they were, by the numbers that the ledger knows them by."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history.model import Reading
from sim_operator.history.tables import MEMBERSHIPS, SIMS
from sim_operator.history.upserting import add_new

_ANY_SIZE: Final = 16
"""Bytes of a digest: enough that two memberships of one SIM never share one."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose a SIM was."""

    account: str
    namespace: str
    name: str
    labels: str
    """A JSON object with sorted keys."""
    policy: str | None

    @classmethod
    def of(cls, account: str, reading: Reading) -> "Holder":
        """As a reading tells it."""
        labels = orjson.dumps(dict(reading.labels), option=orjson.OPT_SORT_KEYS).decode()
        return cls(account, reading.namespace, reading.name, labels, reading.policy)

    def label(self, key: str) -> str:
        """The value of one label; empty where it is not there."""
        return str(orjson.loads(self.labels).get(key, ""))

    @property
    def digest(self) -> str:
        """What tells this holder of a SIM from another."""
        parts = [self.account, self.namespace, self.name, self.labels, self.policy]
        return hashlib.blake2b(orjson.dumps(parts), digest_size=_ANY_SIZE).hexdigest()


@dataclass(frozen=True, slots=True)
class Holders:
    """Every membership that was read so far: they never change, and are asked for again and again.

    The number of one that was deleted is never given to another.
    """

    known: dict[int, Holder] = field(default_factory=dict)

    async def refresh(self, connection: AsyncConnection) -> Mapping[int, Holder]:
        """All of them, those that are new since the last time read now."""
        columns = MEMBERSHIPS.c
        rows = await connection.execute(
            select(
                columns.id,
                columns.account,
                columns.namespace,
                columns.name,
                columns.labels,
                columns.policy,
            ).where(columns.id > max(self.known, default=0))
        )
        self.known.update((number, Holder(*parts)) for number, *parts in rows.all())
        return self.known


async def numbers(
    connection: AsyncConnection, account: str, iccids: Sequence[str]
) -> dict[str, int]:
    """The numbers of SIMs by ICCID; those that are new get one."""
    await add_new(connection, SIMS, [{"iccid": one, "account": account} for one in iccids])
    rows = await connection.execute(select(SIMS.c.iccid, SIMS.c.id).where(SIMS.c.iccid.in_(iccids)))
    return {row.iccid: row.id for row in rows}


async def memberships(
    connection: AsyncConnection, told: Mapping[tuple[int, Holder], datetime]
) -> tuple[dict[tuple[int, Holder], int], dict[int, str]]:
    """The numbers of SIMs' holders, and the namespace of every holder that these SIMs ever had.

    Args:
        connection: of the transaction.
        told: SIM and holder, and since when it is known to be so.
    """
    digests = {(sim, holder.digest): (sim, holder) for sim, holder in told}
    await add_new(
        connection,
        MEMBERSHIPS,
        [
            {
                "sim": sim,
                "digest": digest,
                "account": holder.account,
                "namespace": holder.namespace,
                "name": holder.name,
                "labels": holder.labels,
                "policy": holder.policy,
                "valid_from": told[sim, holder],
            }
            for (_, digest), (sim, holder) in digests.items()
        ],
    )
    columns = MEMBERSHIPS.c
    rows = await connection.execute(
        select(
            columns.id, columns.sim, columns.digest, columns.namespace, columns.valid_from
        ).where(columns.sim.in_({sim for sim, _ in told}))
    )
    found: dict[tuple[int, Holder], int] = {}
    namespaces: dict[int, str] = {}
    older = []
    for number, sim, digest, namespace, valid_from in rows:
        namespaces[number] = namespace
        one = digests.get((sim, digest))
        if one is None:
            continue
        found[one] = number
        if told[one] < valid_from:
            older.append({"number": number, "since": told[one]})
    if older:
        await connection.execute(
            update(MEMBERSHIPS)
            .where(columns.id == bindparam("number"))
            .values(valid_from=bindparam("since")),
            older,
        )
    return found, namespaces
