"""What a policy tells of itself: status, events, samples for metrics.

A decision is written at once; figures that only moved wait for their minute, so that a policy over
ten thousand busy SIMs costs the API server one small write a minute.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import orjson

from sim_operator.api.names import (
    POLICY_KIND,
    AccountReason,
    ConditionType,
    QuotaPolicyReason,
)
from sim_operator.domain.resources import Key, PolicyRecord
from sim_operator.domain.volume import bytes_of
from sim_operator.engine.quota.announcing import PolicyAnnouncer
from sim_operator.engine.quota.beginnings import FIRST_READINGS
from sim_operator.engine.quota.board import QuotaBoard
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.quota.outlook import UNKNOWN, Outlook
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.planning.quota.evaluation import Evaluation
from sim_operator.planning.quota.sentences import in_force_text
from sim_operator.planning.quota.terms import Terms, is_passed, percent_of, step_of
from sim_operator.status.conditions import condition
from sim_operator.status.policy import QuotaPolicyReport, policy_status, shown_day
from sim_operator.telemetry.fleet import PolicySample

_MINUTE = 60.0


@dataclass(slots=True)
class _Told:
    uid: str
    decisive: object
    at: float
    first: float
    passed: tuple[int, bool] | None = None
    """The warning step that a pool had passed, and whether one was used up; None: not asked yet."""


class PolicyReports:
    """Reports of all policies."""

    def __init__(
        self,
        services: Services,
        board: QuotaBoard,
        roster: Roster,
        loops: Loops,
        outlook: Outlook,
        announcer: PolicyAnnouncer,
    ) -> None:
        """Everything is read live."""
        self._services = services
        self._board = board
        self._roster = roster
        self._loops = loops
        self._outlook = outlook
        self._announcer = announcer
        self._told: dict[Key, _Told] = {}
        self._waiting: set[Key] = set()

    def evaluated(self, policy: Key, found: Evaluation | None) -> None:
        """A policy was evaluated, or could not be: tell of it now or when its minute is over."""
        record = self._services.store.policies.get(policy)
        if record is None:
            told = self._told.pop(policy, None)
            if told is not None:
                self._services.announcer.forget_policy(told.uid)
            self._waiting.discard(policy)
            return
        terms = self._board.matching.terms(policy)
        if terms is not None and found is None and policy not in self._board.faults:
            return  # it waits for its first evaluation, which tells
        self._tell(record, terms, found, *self._reason(record, terms, found))

    def scattered(self, policy: Key, accounts: int) -> None:
        """The accounts of a policy are in the hands of several processes: nobody decides."""
        record = self._services.store.policies.get(policy)
        if record is not None:
            message = (
                f"The matched SIMs have {accounts} SIMAccounts, which are with several replicas of "
                "the operator. Until one has them all the last decision stands."
            )
            self._tell(record, None, None, QuotaPolicyReason.PROGRESSING, message)

    def _tell(
        self,
        record: PolicyRecord,
        terms: Terms | None,
        found: Evaluation | None,
        reason: QuotaPolicyReason,
        message: str,
    ) -> None:
        policy = record.meta.key
        decisive = (
            _counts(found) if found is not None else None,
            reason,
            record.meta.generation,
        )
        now = time.monotonic()
        told = self._told.get(policy)
        if told is None or told.uid != record.meta.uid:
            told = _Told(record.meta.uid, None, float("-inf"), now)
            self._told[policy] = told
        if told.decisive == decisive and now - told.at < _MINUTE:
            self._waiting.add(policy)
            return
        told.decisive, told.at = decisive, now
        self._waiting.discard(policy)
        self._write(record, terms, found, reason, message)

    def moved(self, policy: Key) -> None:
        """What lies ahead of a policy has moved: it is told when its minute is over."""
        self._waiting.add(policy)

    def look_again(self, policy: Key) -> None:
        """A status was not written: it is due at once."""
        told = self._told.get(policy)
        if told is not None:
            told.decisive, told.at = None, float("-inf")
            self._waiting.add(policy)

    def overdue(self) -> list[Key]:
        """Policies whose figures moved and whose minute is over."""
        now = time.monotonic()
        return [
            policy
            for policy in self._waiting
            if policy not in self._told or now - self._told[policy].at >= _MINUTE
        ]

    def _write(
        self,
        record: PolicyRecord,
        terms: Terms | None,
        found: Evaluation | None,
        reason: QuotaPolicyReason,
        message: str,
    ) -> None:
        now = self._services.clock.now()
        key = record.meta.key
        told = self._told[key]
        ahead = self._outlook.of(key)
        report = QuotaPolicyReport(
            reason=reason,
            message=message,
            terms=terms,
            evaluation=found,
            # Before the first look of this process the forecast stays as it is.
            exhausts_at=ahead.exhausts_at if ahead is not UNKNOWN else shown_day(record),
            overshoot=ahead.overshoot,
        )
        status = policy_status(record, report, now)
        self._services.writer.submit(POLICY_KIND, key, record.meta.uid, status, urgent=True)
        self._services.announcer.policy(record, reason, message)
        if terms is not None and found is not None:
            self._announce_pools(record, terms, found, told)

    def _announce_pools(
        self, record: PolicyRecord, terms: Terms, found: Evaluation, told: _Told
    ) -> None:
        used_up = any(
            used is not None and value is not None and is_passed(used, value)
            for used, value in (
                (found.pool_data, terms.data_pool),
                (found.pool_sms, terms.sms_pool),
            )
        )
        now = (found.pool_step or 0, used_up)
        before, told.passed = told.passed or _shown_steps(record, terms), now
        if now[0] > before[0] or (used_up and not before[1]):
            self._announcer.pool(record.meta.key, terms, step=found.pool_step, passed=used_up)

    def _reason(
        self, record: PolicyRecord, terms: Terms | None, found: Evaluation | None
    ) -> tuple[QuotaPolicyReason, str]:
        key = record.meta.key
        fault = self._board.faults.get(key)
        if fault is not None:
            return (
                QuotaPolicyReason.FAILED,
                f"Deciding failed by a fault of the operator ({fault}), which its log tells more "
                "of: what was decided before stands, and it is tried again.",
            )
        if terms is None or found is None:
            why = self._board.matching.unusable.get(key, "spec.timeZone is no time zone")
            return (
                QuotaPolicyReason.INVALID_TIME_ZONE,
                f"spec.timeZone: {why}. Until then nothing new is decided; SIMs that are off by "
                "this policy stay off.",
            )
        if found.matched == 0:
            return (
                QuotaPolicyReason.NO_MATCH,
                f"No SIM in namespace {key.namespace} matches spec.selector: there is nothing to "
                "do.",
            )
        if not self._has_account(key):
            return (
                QuotaPolicyReason.ACCOUNT_NOT_READY,
                "None of the matched SIMs has a SIMAccount that was read: see their conditions.",
            )
        if found.unknown:
            return self._unknown(record)
        return QuotaPolicyReason.RECONCILED, in_force_text(terms)

    def _unknown(self, record: PolicyRecord) -> tuple[QuotaPolicyReason, str]:
        told = self._told.get(record.meta.key)
        ready = condition(orjson.loads(record.status), ConditionType.READY) or {}
        young = told is None or time.monotonic() - told.first < FIRST_READINGS
        if young and ready.get("reason") in (None, QuotaPolicyReason.PROGRESSING):
            return (
                QuotaPolicyReason.PROGRESSING,
                "The use of the matched SIMs is being read for the first time.",
            )
        return (
            QuotaPolicyReason.USAGE_UNKNOWN,
            "1NCE did not tell the use of every matched SIM: for those the last decision stands.",
        )

    def _has_account(self, policy: Key) -> bool:
        for sim in self._board.matching.selected(policy):
            account = self._roster.assignment(sim)
            loop = self._loops.get(account) if isinstance(account, Key) else None
            if loop is not None and (
                loop.state.listed is not None or loop.state.reason is AccountReason.RECONCILED
            ):
                return True
        return False

    # For a scrape

    def samples(self) -> Iterable[PolicySample]:
        """One sample for each policy that was evaluated."""
        for key, found in list(self._board.evaluations.items()):
            terms = self._board.matching.terms(key)
            if terms is None:
                continue
            ahead = self._outlook.of(key)
            yield PolicySample(
                namespace=key.namespace,
                name=key.name,
                sims={
                    "matched": found.matched,
                    "warned": found.warned,
                    "exceeded": found.exceeded,
                    "disabled": found.disabled,
                    "held": found.held,
                },
                pool_data_used_bytes=found.pool_data,
                pool_data_limit_bytes=terms.data_pool,
                exhaustion=_midnight(ahead.exhausts_at),
                oldest_usage=ahead.oldest,
                max_overshoot_bytes=ahead.overshoot,
            )


def _counts(found: Evaluation) -> tuple[int, ...]:
    """What a decision changes: it is not kept waiting for its minute."""
    return found.matched, found.warned, found.exceeded, found.disabled, found.held


def _midnight(day: date | None) -> float | None:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() if day else None


def _shown_steps(record: PolicyRecord, terms: Terms) -> tuple[int, bool]:
    """The warning step and the end of a pool that the status shows: an earlier process told it."""
    pool = orjson.loads(record.status).get("pool") or {}
    data, sms = (pool.get("data") or {}).get("used"), (pool.get("sms") or {}).get("used")
    known = ((bytes_of(data) if data else None, terms.data_pool), (sms, terms.sms_pool))
    percents = [
        percent_of(used, value) for used, value in known if used is not None and value is not None
    ]
    highest = max(percents, default=0)
    return step_of(highest, terms.warn_at) or 0, highest >= 100
