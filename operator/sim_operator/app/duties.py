"""Which duty the settings give a process."""

from collections.abc import Awaitable, Callable

from sim_operator.engine.duty import Duty, SoleDuty, StandbyDuty
from sim_operator.engine.shared_duty import SharedDuty
from sim_operator.kube.account_leases import AccountLeases
from sim_operator.kube.connection import ApiClient, default_namespace
from sim_operator.kube.lease import Lease
from sim_operator.kube.member_lease import MemberLease
from sim_operator.kube.store import Store
from sim_operator.settings import Settings


def duty_of(
    settings: Settings,
    api: ApiClient,
    identity: str,
    store: Store,
    beat: Callable[[str, float], None],
    renew: Callable[[], Awaitable[None]],
) -> Duty:
    """The duty of this process.

    `beat(loop, seconds)`: a loop moved, and will again within so many seconds; `renew` reads what
    whoever worked before left in the statuses.
    """
    if not settings.leader_election:
        return SoleDuty()
    namespace = settings.namespace or default_namespace()

    def beating(loop: str) -> Callable[[float], None]:
        return lambda seconds: beat(loop, seconds)

    lease = Lease(api, namespace, identity=identity, heartbeat=beating("lease"))
    leases = AccountLeases(api, namespace, identity)
    if not settings.sharding:
        return StandbyDuty(lease, leases, identity)
    member = MemberLease(api, namespace, identity=identity, heartbeat=beating("member lease"))
    return SharedDuty(
        member,
        lease,
        leases,
        identity,
        existing=store.accounts,
        complete=store.complete,
        renew=renew,
        heartbeat=beating("sharing"),
    )
