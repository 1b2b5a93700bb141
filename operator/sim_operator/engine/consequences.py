"""What follows from a plan outside 1NCE: the status, or silence, and the finalizer."""

from datetime import datetime

import orjson

from sim_operator.api.names import DISABLE_FINALIZER
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.states import DeletionPolicy
from sim_operator.engine.account_state import AccountState
from sim_operator.planning.verdict import SimPlan
from sim_operator.planning.views import AccountView
from sim_operator.status.sim import sim_status
from sim_operator.status.sim_policy import PolicyReport


def status_of(
    record: SimRecord,
    account: Key,
    plan: SimPlan,
    state: AccountState,
    iccid: Iccid | None,
    now: datetime,
    policies: PolicyReport | None = None,
) -> bytes:
    """The status bytes of a plan, from what the account's loop has seen."""
    sighting = state.sightings.get(iccid) if iccid is not None else None
    details = state.details.get(iccid) if iccid is not None else None
    return sim_status(
        record, account, plan, sighting.sim if sighting else None, details, now, policies
    )


def is_silent(record: SimRecord, account: AccountView) -> bool:
    """Whether a status is left alone: after a start, until there is something to say.

    Without a sweep of its own the loop knows less than the status it finds; while the first sweep
    is under way, a new SIM is not told to wait only to be told better a moment later.
    """
    if account.swept or account.stale or account.not_ready is not None:
        return False
    if account.starting:
        return True
    observed: object = orjson.loads(record.status).get("observedGeneration")
    return observed == record.meta.generation


def wants_finalizer(record: SimRecord, plan: SimPlan) -> bool | None:
    """Whether `sim-operator.io/disable` is to be put on (True) or taken off (False).

    None leaves it.
    """
    has = DISABLE_FINALIZER in record.meta.finalizers
    if plan.release_finalizer:
        return False if has else None
    if record.meta.deleted_at is not None:
        return None
    wanted = record.spec.deletion is DeletionPolicy.DISABLE
    if wanted and not has and plan.shows_observed:
        return True
    return False if has and not wanted else None
