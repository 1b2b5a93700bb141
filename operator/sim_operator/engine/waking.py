"""Which changes of resources are a person's wish, and not an echo of the operator's own writes."""

import orjson

from sim_operator.api.names import ACCEPT_SWEEP_ANNOTATION, RECONCILE_ANNOTATION
from sim_operator.kube.store import Change


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
