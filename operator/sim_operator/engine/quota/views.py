"""What the plan and the status of one SIM need to know of its policies."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import orjson

from sim_operator.api.choices import PolicyAction, PolicyMode, PolicyReason
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.states import SimState
from sim_operator.engine.quota import unasked
from sim_operator.engine.quota.board import QuotaBoard
from sim_operator.engine.quota.forecasts import Forecasts
from sim_operator.engine.roster import Roster
from sim_operator.planning.holding import state_before
from sim_operator.planning.quota import counting
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.evaluation import Decision
from sim_operator.planning.quota.holds import HeldFor, Hold
from sim_operator.planning.quota.period import Track, period_at
from sim_operator.planning.quota.sentences import begins_text, off_text, waits_text
from sim_operator.planning.quota.terms import Terms
from sim_operator.planning.views import NO_POLICY, PolicyView
from sim_operator.status.conditions import rfc3339
from sim_operator.status.sim_policy import HELD_FOR, PolicyLine, PolicyReport


class PolicyViews:
    """Looks at the board for one SIM at a time."""

    def __init__(
        self,
        board: QuotaBoard,
        roster: Roster,
        forecasts: Forecasts,
        now: Callable[[], datetime],
        *,
        has_history: bool,
    ) -> None:
        """Everything is read live; `has_history`: use is read where no policy asks, too."""
        self._board = board
        self._roster = roster
        self._forecasts = forecasts
        self._now = now
        self._has_history = has_history
        self._begun: dict[Key, tuple[str, Hold]] = {}
        """Holds that are being written down: one moment of beginning, however often it is tried."""

    def forget(self, sim: Key) -> None:
        """The SIM resource is gone."""
        self._begun.pop(sim, None)

    def begun(self, sim: Key) -> Hold | None:
        """The hold on a SIM that is being written."""
        _, hold = self._begun.get(sim, (None, None))
        return hold

    def view(self, record: SimRecord) -> PolicyView:
        """What the plan of a SIM goes by."""
        board, sim = self._board, record.meta.key
        standing = board.holds.standing(record, self._now())
        winner = board.matching.winner(sim, PolicyMode.ENFORCE)
        if standing is None and winner is None:
            return NO_POLICY
        hold = standing.hold if standing is not None else None
        over = standing.over if standing is not None else None
        watched = winner is not None and winner.disables
        if record.spec.state is SimState.DISABLED:
            return PolicyView(hold=hold, watched=watched)
        decision = board.verdicts.decision_of(winner, sim) if winner is not None else None
        unasked = winner is not None and self._has_no_answer(winner, record, decision, hold)
        if hold is not None and (over is None or unasked):
            # Whoever decides from now on is asked before anything is switched on.
            keeper = board.matching.by_uid(hold.policy_uid)
            return PolicyView(
                off=True,
                holder=hold.policy_uid,
                hold=hold,
                pends=over is not None or not _acts(keeper),
                why=off_text(keeper, hold, board.holds.held_for(record)),
                watched=watched,
            )
        pends = unasked and watched
        if winner is None or decision is None:
            return PolicyView(hold=hold, pends=pends, why=over or "", watched=watched)
        if decision.place:
            why = begins_text(winner, decision, period_at(winner.track, self._now()))
            return PolicyView(
                off=True,
                holder=winner.uid,
                hold=hold,
                renews=over is not None,
                why=why,
                watched=watched,
            )
        unread = self._board.is_reading(winner)
        waits = waits_text(winner, reading=unread) if decision.action is PolicyAction.HOLD else None
        return PolicyView(hold=hold, pends=pends, waits=waits, why=over or "", watched=watched)

    def _has_no_answer(
        self, winner: Terms, record: SimRecord, decision: Decision | None, hold: Hold | None
    ) -> bool:
        """Whether the policy that decides now cannot tell yet what is to become of the SIM."""
        if decision is None or self._board.is_outdated(winner):
            return True
        if not self._board.members.is_answered(winner, record, decision):
            return True
        taken_over = hold is not None and hold.policy_uid != winner.uid
        return taken_over and decision.reason is PolicyReason.USAGE_UNKNOWN

    def report(
        self,
        record: SimRecord,
        view: PolicyView,
        seen: SimState | None,
        *,
        begins: bool,
        read: Usage | None = None,
    ) -> PolicyReport | None:
        """What the status of a SIM tells; None before anything was decided.

        `begins`: the plan says that the hold is to be written down now. `read`: its use of this
        month as the history had it read, which is shown where no policy asks.
        """
        board, sim, now = self._board, record.meta.key, self._now()
        if not begins:
            self._begun.pop(sim, None)
        if not board.holds.loaded:
            return None
        enforcing = board.matching.winner(sim, PolicyMode.ENFORCE)
        auditing = board.matching.winner(sim, PolicyMode.AUDIT)
        shown = enforcing or auditing
        held_for = self._held_for(record, view)
        if shown is None:
            if view.off:
                return None  # a policy that applies to nobody here holds it: what was told stands
            self._begun.pop(sim, None)
            return unasked.report(record, read, now, held_for, has_history=self._has_history)
        iccid = self._roster.iccid(sim)
        other = self._other(sim, shown, auditing)
        usage = board.books.usage(iccid, shown.track, now) if iccid is not None else None
        line = self._line(record, shown, enforcing, auditing)
        if line is None:
            return None  # nothing was decided yet in this process: what was told stands

        def base() -> dict[str, str]:
            book = board.books.book(iccid) if iccid is not None else None
            told = counting.base(book, shown.track, other) if book is not None else {}
            return told | ({HELD_FOR: held_for.encode()} if held_for is not None else {})

        return PolicyReport(
            usage=usage,
            scale=shown.data_per_sim or 0,
            base=base,
            line=line,
            hold=self._hold(record, view, seen, now) if begins else None,
        )

    def _other(self, sim: Key, shown: Terms, auditing: Terms | None) -> Track | None:
        """One more period to carry over a restart: of whoever reports, or may come to decide."""
        ranked = sorted(
            self._board.matching.selecting(sim),
            key=lambda one: (
                one is not auditing,
                one.mode is PolicyMode.AUDIT,
                -one.priority,
                one.name,
            ),
        )
        return next((one.track for one in ranked if one.track != shown.track), None)

    def _line(
        self, record: SimRecord, shown: Terms, enforcing: Terms | None, auditing: Terms | None
    ) -> PolicyLine | None:
        sim = record.meta.key
        acting = self._board.verdicts.decision_of(enforcing, sim) if enforcing is not None else None
        saying = self._board.verdicts.decision_of(auditing, sim) if auditing is not None else None
        chosen = acting if enforcing is not None else saying
        action = acting.action if acting is not None else PolicyAction.NONE
        would = _would(acting, saying)
        if chosen is None:
            return None
        return PolicyLine(
            name=shown.name,
            mode=shown.mode,
            action=action,
            would_do=would,
            reason=chosen.reason,
            exhausts_at=self._exhausts_at(record, shown),
        )

    def _exhausts_at(self, record: SimRecord, terms: Terms) -> date | None:
        iccid = self._roster.iccid(record.meta.key)
        decision = self._board.verdicts.decision_of(terms, record.meta.key)
        if iccid is None:
            return None
        if decision is not None and decision.action is PolicyAction.DISABLE:
            # It uses nothing: the day on which it passed its limit stays.
            before, today = _shown_day(record), self._now().date()
            return before if before is not None and before <= today else None
        return self._forecasts.exhausts_at(iccid, terms, self._now(), _shown_day(record))

    def _hold(
        self, record: SimRecord, policy: PolicyView, seen: SimState | None, now: datetime
    ) -> Hold | None:
        """The hold to write down where the plan says that one begins."""
        sim = record.meta.key
        if not _begins(policy) or policy.holder is None:
            self._begun.pop(sim, None)
            return None
        terms = self._board.matching.by_uid(policy.holder)
        if terms is None:
            return None
        uid, begun = self._begun.get(sim, (None, None))
        period = period_at(terms.track, now).name
        if (
            begun is None
            or uid != record.meta.uid
            or (begun.policy_uid, begun.period) != (policy.holder, period)
        ):
            begun = Hold(
                policy_uid=policy.holder,
                period=period,
                since=rfc3339(now.astimezone(UTC)),
                state_before=state_before(record.spec, policy, seen),
            )
            self._begun[sim] = (record.meta.uid, begun)
        return begun

    def _held_for(self, record: SimRecord, view: PolicyView) -> HeldFor | None:
        """The limit that keeps the SIM off: of a hold that begins, or of the one that stands."""
        winner = self._board.matching.winner(record.meta.key, PolicyMode.ENFORCE)
        if _begins(view) and winner is not None:
            decision = self._board.verdicts.decision_of(winner, record.meta.key)
            if decision is not None and decision.limit is not None:
                value = winner.value(decision.limit)
                return HeldFor(decision.limit, value) if value is not None else None
        return self._board.holds.held_for(record) if view.hold is not None else None


def _acts(keeper: Terms | None) -> bool:
    """Whether a policy is there that may switch SIMs off."""
    return keeper is not None and keeper.mode is PolicyMode.ENFORCE and keeper.disables


def _begins(policy: PolicyView) -> bool:
    return policy.off and not policy.marked


def _would(acting: Decision | None, saying: Decision | None) -> PolicyAction:
    """What an Audit policy would do, or an enforcing one that may not."""
    if acting is not None and acting.would is not acting.action:
        return acting.would
    return saying.would if saying is not None else PolicyAction.NONE


def _shown_day(record: SimRecord) -> date | None:
    if b'"exhaustsAt"' not in record.status:
        return None
    told = (orjson.loads(record.status).get("policy") or {}).get("exhaustsAt")
    return date.fromisoformat(told) if isinstance(told, str) else None
