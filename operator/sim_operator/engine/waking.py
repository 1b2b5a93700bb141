"""Which changes of resources are a person's wish, and not an echo of the operator's own writes."""

from collections.abc import Mapping
from typing import Protocol

import orjson

from sim_operator.api.names import ACCEPT_SWEEP_ANNOTATION, RECONCILE_ANNOTATION, AccountReason
from sim_operator.domain.resources import Key
from sim_operator.engine.account_state import AccountState
from sim_operator.kube.store import Change
from sim_operator.planning.tenancy import Refusal


class _Loop(Protocol):
    @property
    def state(self) -> AccountState: ...


def wakes_sweep(change: Change) -> bool:
    """Whether a change of a SIMAccount calls for a sweep now."""
    old, new = change.old, change.new
    if old is None or new is None or old.meta.uid != new.meta.uid:
        return True
    if old.meta.generation != new.meta.generation:
        return True
    names = (ACCEPT_SWEEP_ANNOTATION, RECONCILE_ANNOTATION)
    return any(old.meta.annotations.get(name) != new.meta.annotations.get(name) for name in names)


def asks_again(change: Change) -> bool:
    """Whether a person changed a SIM or asked for it: earlier failures hold nothing up then."""
    old, new = change.old, change.new
    if new is None:
        return False
    if old is None:
        # Seen for the first time: new to a person too, unless its status answers this generation.
        status = orjson.loads(new.status)
        request = new.meta.annotations.get(RECONCILE_ANNOTATION)
        unheard = request not in (None, status.get("lastHandledReconcileAt"))
        return unheard or bool(status.get("observedGeneration") != new.meta.generation)
    if old.meta.uid != new.meta.uid or old.meta.generation != new.meta.generation:
        return True
    requests = (one.meta.annotations.get(RECONCILE_ANNOTATION) for one in (old, new))
    return len(set(requests)) > 1


def is_swept(assigned: Key | Refusal | None, loops: Mapping[Key, _Loop]) -> bool:
    """Whether a sweep comes by and looks at the statuses of SIMs that are assigned so.

    Without it nobody sees that a person wrote into one, unless the write itself calls for a look.
    """
    loop = loops.get(assigned) if isinstance(assigned, Key) else None
    return loop is not None and loop.state.reason is AccountReason.RECONCILED
