"""From a file to a world: the cluster is read, the policies tried, the accounts swept."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from sim_operator.api.choices import PolicyMode
from sim_operator.clock.simulated import SimulatedClock
from sim_operator.clock.wall import SystemClock, WallClock
from sim_operator.domain.resources import AccountRecord, Key, PolicyRecord
from sim_operator.kube.connection import ApiClient, connect
from sim_operator.kube.namespaces import NamespaceLabels
from sim_operator.kube.read_only import ReadOnlyApi
from sim_operator.kube.secrets import SecretReader
from sim_operator.kube.store import Store
from sim_operator.settings import Settings
from sim_operator.trial.accounts import glances
from sim_operator.trial.admission import admitted
from sim_operator.trial.cluster import read_namespace
from sim_operator.trial.complaints import UnreachableError
from sim_operator.trial.documents import Document
from sim_operator.trial.world import Scope, World

USER_AGENT = "sim-operator-trial"
NOT_ASKED = (
    "The API server does not let you ask whether it would take this policy (that takes the right "
    "to create, or update, quotapolicies): it was checked here instead."
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One namespace, ready to be asked."""

    world: World
    policies: tuple[Key, ...]
    """Those of the file, in its order."""
    notes: tuple[str, ...]
    """Sentences that a person should read."""


@asynccontextmanager
async def prepared(
    documents: Sequence[Document], settings: Settings, *, enforced: bool = False
) -> AsyncIterator[list[Prepared]]:
    """A world for each namespace of the file; calls can be made until it ends.

    `enforced`: the policies of the file are taken to be in Enforce, whatever they say.

    Raises:
        BadInputError: a policy is refused.
        UnreachableError: the cluster or 1NCE cannot be read.
        NoClusterError: nothing says where the cluster is.
        ClockUnavailableError: the simulator does not tell the time.
    """
    async with AsyncExitStack() as stack:
        clock: WallClock = SystemClock()
        if settings.clock_url is not None:
            clock = await stack.enter_async_context(
                SimulatedClock(settings.clock_url, start_timeout=5.0)
            )
        api = ReadOnlyApi(await stack.enter_async_context(connect(user_agent=USER_AGENT)))
        found = []
        for namespace in dict.fromkeys(one.key.namespace for one in documents):
            mine = [one for one in documents if one.key.namespace == namespace]
            found.append(await _prepared(api, mine, settings, clock, enforced=enforced))
        for one in found:
            await _sweep(api, one, settings, stack)
        yield found


async def _prepared(
    api: ApiClient,
    documents: Sequence[Document],
    settings: Settings,
    clock: WallClock,
    *,
    enforced: bool,
) -> Prepared:
    namespace = documents[0].key.namespace
    store = await read_namespace(api, namespace, settings.default_account)
    tried = [await admitted(api, one, store.policies.get(one.key)) for one in documents]
    notes = [] if all(one.by_server for one in tried) else [NOT_ASKED]
    notes += [
        f"{kind} {key} is passed over: {one.message}"
        for (kind, key), one in store.unreadable.items()
    ]
    records = [_enforced(one.record) if enforced else one.record for one in tried]
    labels = await _labels(api, namespace, store)
    scope = Scope(settings.default_account, labels.labels_of)
    world = World(store, records, scope, clock)
    return Prepared(world, tuple(one.key for one in documents), tuple(notes))


def _enforced(record: PolicyRecord) -> PolicyRecord:
    return replace(record, spec=record.spec.model_copy(update={"mode": PolicyMode.ENFORCE}))


async def _labels(api: ApiClient, namespace: str, store: Store) -> NamespaceLabels:
    """Read only where an account selects namespaces by their labels."""
    labels = NamespaceLabels(api, (namespace,))
    if any(one.spec.allowed_namespaces.from_ == "Selector" for one in store.accounts.values()):
        unknown = await labels.refresh()
        if unknown is not None:
            raise UnreachableError(f"the labels of namespace {namespace}: {unknown.message}")
    return labels


async def _sweep(api: ApiClient, one: Prepared, settings: Settings, stack: AsyncExitStack) -> None:
    world = one.world
    wanted = {
        world.account(record.meta.key)
        for policy in one.policies
        for record in world.concerned(policy)
    }
    accounts: list[AccountRecord] = [
        world.store.accounts[key] for key in sorted(key for key in wanted if key is not None)
    ]
    secrets = SecretReader(api)
    world.glances.update(await glances(accounts, secrets, settings.allows_endpoint, stack))
