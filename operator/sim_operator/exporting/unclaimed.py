"""SIMs that 1NCE shows and no resource claims, as resources that only show them.

They come into the namespace of their account, manage no field and are in Observe, so applying them
changes nothing at 1NCE.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

from sim_operator.api.choices import ManagementPolicy
from sim_operator.api.names import SIM_KIND
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.looking import AccountUnreadableError, look
from sim_operator.exporting.complaints import UnreachableError
from sim_operator.exporting.manifest import Manifest
from sim_operator.exporting.naming import names
from sim_operator.exporting.reading import Announce, Claims, Told
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.records import UnreadableSpecError, account_record
from sim_operator.kube.secrets import SecretReader

Labels = Mapping[Iccid, str | None]


async def unclaimed(
    api: ApiClient,
    accounts: Iterable[Mapping[str, Any]],
    claims: Claims,
    allows_endpoint: Callable[[str], bool],
    announce: Announce,
) -> list[Manifest]:
    """The SIMs of these accounts that nobody claims, read with each account's own Secret.

    Raises:
        UnreachableError: an account may not be called, or did not answer.
    """
    secrets = SecretReader(api)
    found: list[Manifest] = []
    seen, keys = set(claims.iccids), set(claims.keys)
    async with AsyncExitStack() as stack:
        for account in _records(accounts):
            try:
                shown = await look(
                    account,
                    secrets,
                    allows_endpoint,
                    stack,
                    _turning(announce(f"pages of {account.meta.key} at 1NCE")),
                )
            except AccountUnreadableError as error:
                raise UnreachableError(str(error)) from error
            # One card in the lists of two accounts is the elder's, as for the operator.
            free = {
                iccid: sighting.sim.label
                for iccid, sighting in sorted(shown.sightings.items())
                if iccid not in seen
            }
            seen.update(free)
            taken = {key.name for key in keys if key.namespace == account.meta.key.namespace}
            made = resources(account.meta.key, free, taken)
            keys.update(one.key for one in made)
            found += made
    return found


def resources(account: Key, labels: Labels, taken: Collection[str]) -> list[Manifest]:
    """A resource in the account's namespace for each of these SIMs."""
    return [
        Manifest(
            SIM_KIND,
            Key(account.namespace, name),
            {"name": name, "namespace": account.namespace},
            {
                "iccid": iccid,
                "accountRef": {"name": account.name},
                "managementPolicy": ManagementPolicy.OBSERVE.value,
            },
        )
        for iccid, name in names(labels, taken).items()
    ]


def _records(bodies: Iterable[Mapping[str, Any]]) -> list[AccountRecord]:
    try:
        records = [account_record(body) for body in bodies]
    except UnreadableSpecError as error:
        raise UnreachableError(f"a SIMAccount cannot be read: {error}") from error
    return sorted(records, key=lambda one: (one.meta.created_at, one.meta.key))


def _turning(told: Told) -> Callable[[], None]:
    pages = count(1)
    return lambda: told(next(pages), None)
