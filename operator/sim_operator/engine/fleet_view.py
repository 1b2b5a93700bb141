"""What metrics see of the fleet: resources, sightings and details as one sample per SIM.

A sample is made anew only when one of its sources changed, so that a scrape of a quiet fleet costs
little in the event loop.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from sim_operator.api.names import ConditionType
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.sim import ObservedSim, SimDetails
from sim_operator.domain.states import Session, SimState
from sim_operator.domain.volume import bytes_of
from sim_operator.engine.supervisor import Supervisor
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.store import Store
from sim_operator.status.conditions import condition
from sim_operator.telemetry.fleet import (
    AccountSample,
    HistorySample,
    PolicySample,
    SimSample,
    Standing,
)

_REMEMBERED = 8192
"""Moments and standings that are not made anew for each SIM."""


@dataclass(frozen=True, slots=True)
class _Made:
    record: SimRecord
    sighting: ObservedSim | None
    details: SimDetails | None
    sample: SimSample


class EngineFleetView:
    """The live state of store and loops, as a scrape reads it."""

    def __init__(
        self,
        store: Store,
        supervisor: Callable[[], Supervisor | None],
        leading: Callable[[], bool],
        last_event: Callable[[], float | None],
        now: Callable[[], datetime],
        policies: Callable[[], Iterable[PolicySample]] = tuple,
        works: Callable[[], bool] | None = None,
        unheld: Callable[[], float | None] = lambda: None,
        history: Callable[[], HistorySample | None] = lambda: None,
    ) -> None:
        """`supervisor` gives None while this process does not work.

        `policies` gives what is known of every QuotaPolicy that is evaluated; `works`: whether it
        works for any account, absent: while it leads; `history`: how it stands with it.
        """
        self._store = store
        self._supervisor = supervisor
        self._leading = leading
        self._last_event = last_event
        self._now = now
        self._policies = policies
        self._works = works or leading
        self._unheld = unheld
        self._history = history
        self._made: dict[Key, _Made] = {}

    def sims(self) -> Iterable[SimSample]:
        """Every SIM resource that this process decides about."""
        supervisor = self._supervisor()
        for gone in self._made.keys() - self._store.sims.keys():
            del self._made[gone]
        for key, record in list(self._store.sims.items()):
            if supervisor is not None and not supervisor.roster.is_ours(key):
                self._made.pop(key, None)
                continue
            sighting, details = _seen(supervisor, key)
            made = self._made.get(key)
            if (
                made is None
                or made.record is not record
                or made.sighting is not sighting
                or made.details is not details
            ):
                made = _Made(record, sighting, details, _sample(record, sighting, details))
                self._made[key] = made
            yield made.sample

    def accounts(self) -> Iterable[AccountSample]:
        """Every SIMAccount that this process works."""
        supervisor = self._supervisor()
        for key, loop in supervisor.loops.items() if supervisor else ():
            account = self._store.accounts.get(key)
            if account is not None:
                yield loop.figures.sample(account)

    def policies(self) -> Iterable[PolicySample]:
        """Every QuotaPolicy that is evaluated."""
        return self._policies()

    def history(self) -> HistorySample | None:
        """How it stands with the history; None where there is none."""
        return self._history()

    def store_objects(self) -> Mapping[str, int]:
        """Objects in the store by kind."""
        return {kind: self._store.count(kind) for kind in KINDS}

    def unreadable_objects(self) -> Mapping[str, int]:
        """Objects by kind whose spec is not understood."""
        unreadable = [kind for kind, _ in self._store.unreadable]
        return {kind: unreadable.count(kind) for kind in KINDS}

    def works(self) -> bool:
        """Whether this process works for any account, or leads."""
        return self._works()

    def leading(self) -> bool:
        """Whether this process leads."""
        return self._leading()

    def accounts_unheld(self) -> float | None:
        """SIMAccounts that no process works; None where another process tells, or each has all."""
        return self._unheld()

    def last_event(self) -> float | None:
        """When a watch last delivered anything, in Unix seconds."""
        return self._last_event()

    def now(self) -> float:
        """The time that the operator goes by, in Unix seconds."""
        return self._now().timestamp()


def _seen(supervisor: Supervisor | None, sim: Key) -> tuple[ObservedSim | None, SimDetails | None]:
    if supervisor is None:
        return None, None
    account, iccid = supervisor.roster.assignment(sim), supervisor.roster.iccid(sim)
    loop = supervisor.loops.get(account) if isinstance(account, Key) else None
    if loop is None or iccid is None or not supervisor.roster.holds(sim):
        return None, None
    sighting = loop.state.sightings.get(iccid)
    return (sighting.sim if sighting else None), loop.state.details.get(iccid)


def _sample(
    record: SimRecord, sighting: ObservedSim | None, details: SimDetails | None
) -> SimSample:
    status: dict[str, Any] = orjson.loads(record.status)
    quota, usage = status.get("quota") or {}, status.get("usage") or {}
    data, sms = quota.get("data") or {}, quota.get("sms") or {}
    exact_data = details.data if details else None
    exact_sms = details.sms if details else None
    ready = condition(status, ConditionType.READY) or {}
    state = sighting.state if sighting else status.get("state")
    session = details.session if details else status.get("session")
    return SimSample(
        namespace=record.meta.key.namespace,
        name=record.meta.key.name,
        iccid=_shared(status.get("iccid"), record.spec.iccid),
        account=sys.intern(status.get("account") or ""),
        label=(sighting.label if sighting else status.get("label")) or "",
        imei=(sighting.imei if sighting else status.get("imei")) or "",
        ip=(sighting.ip_address if sighting else status.get("ipAddress")) or "",
        enabled=None if state is None else state == SimState.ENABLED,
        online=None if session is None else session == Session.ONLINE,
        ready=ready.get("status") == "True",
        suspended=True if record.spec.suspend else None,
        data_quota_bytes=exact_data.total if exact_data else _bytes(data.get("total")),
        data_quota_remaining_bytes=exact_data.remaining
        if exact_data
        else _bytes(data.get("remaining")),
        data_usage_bytes=_bytes(usage.get("data")),
        sms_quota=exact_sms.total if exact_sms else sms.get("total"),
        sms_quota_remaining=exact_sms.remaining if exact_sms else sms.get("remaining"),
        sms_usage=usage.get("sms"),
        quota_expiry=_seconds(exact_data.expires_at if exact_data else data.get("expiresAt")),
        conditions=tuple(_standings(status)),
        session=None if session is None else str(session),
        data_level=_level(data),
        sms_level=_level(sms),
    )


def _shared(told: str | None, known: str) -> str:
    """What the status tells; the text that is known already where it is the same."""
    return known if told is None or told == known else told


def _level(volume: Mapping[str, Any]) -> str | None:
    level = volume.get("level")
    return None if level is None else sys.intern(str(level))


def _standings(status: Mapping[str, Any]) -> Iterator[Standing]:
    """How the two conditions that always exist stand, and since when."""
    for type_ in (ConditionType.READY, ConditionType.SYNCED):
        found = condition(status, type_)
        if found is not None:
            since = found.get("lastTransitionTime")
            yield _standing(type_.value, str(found.get("status")), str(found.get("reason")), since)


@lru_cache(_REMEMBERED)
def _standing(type_: str, status: str, reason: str, since: str | None) -> Standing:
    """Ten thousand SIMs share a few dozen words, and the moments at which they came true."""
    return (type_, status, reason), _seconds(since)


def _bytes(quantity: str | None) -> float | None:
    return None if quantity is None else bytes_of(quantity)


@lru_cache(_REMEMBERED)
def _seconds(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()
