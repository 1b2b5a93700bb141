"""What is promised at each write, looked at right before it happens.

They are asked of the truth (the cards, the API server), never of what the operator believes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sim_operator.api.names import RELEASE_HOLD_ANNOTATION, SIM_KIND
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.selector import matches
from sim_operator.domain.states import SimState
from sim_operator.planning.quota.period import InvalidTimeZoneError, Track, period_at

if TYPE_CHECKING:
    from tests.policy_lab.cards import Card
    from tests.policy_lab.lab import Lab

_HOUR = 3600.0 - 60.0
"""A reservation may be a minute older than the write that it is for."""


class PromiseBrokenError(AssertionError):
    """Something happened that must never happen."""


class Switch(NamedTuple):
    """A change of a card that the operator made."""

    state: SimState
    moment: tuple[int, tuple[str, ...]]
    """After how many causes, and in which periods."""
    told: int
    """How much use it had been told of by then."""
    freed: int
    """How many holds had gone by then: each leaves a place to somebody else."""


@dataclass
class Promises:
    """Watches a laboratory."""

    lab: "Lab"
    disables: list[tuple[float, str]] = field(default_factory=list)
    """When each SIM (by uid) was switched off, on the monotonic clock."""
    last: dict[Iccid, Switch] = field(default_factory=dict)
    """The last change that the operator made of each card."""
    off_by_policy: set[Iccid] = field(default_factory=set)
    """Cards that are off because of a policy, and nobody else wanted them off since."""
    causes: int = 0
    """How often a person changed anything."""
    freed: int = 0
    """How many holds have gone."""

    def changed_by_a_person(self) -> None:
        """What was before is no measure any more."""
        self.causes += 1

    def clock_set(self) -> None:
        """The hour cannot be told any more."""
        self.disables.clear()

    # A card is about to be switched

    def before_write(self, card: "Card", state: SimState) -> None:
        """The operator is about to switch a card on or off."""
        body = self.lab.body_of(card.iccid)
        if body is None:
            raise PromiseBrokenError(f"{card.iccid} belongs to no resource")
        spec, hold = body["spec"], hold_of(body)
        deleting = "deletionTimestamp" in body["metadata"]
        if state is SimState.ENABLED:
            if spec.get("state") == "Disabled" or deleting:
                raise PromiseBrokenError(f"{card.iccid} is to stay off, and was enabled")
            if spec.get("state") is None and (hold is None or hold["stateBefore"] == "Disabled"):
                raise PromiseBrokenError(f"{card.iccid} was not switched off by a policy")
            self.off_by_policy.discard(card.iccid)
        elif spec.get("state") != "Disabled" and not deleting:
            self.off_by_policy.add(card.iccid)
            known = self.lab.process.store.sims[self.lab.key(body["metadata"]["name"])]
            if hold is None or b'"hold"' not in known.status:
                raise PromiseBrokenError(f"{card.iccid} was disabled without a hold on record")
        if state is SimState.DISABLED:
            self._budget(body["metadata"]["uid"])
        self._flap(card, state)

    def _budget(self, uid: str) -> None:
        now, limit = self.lab.clock.tick, self.lab.disables_per_hour()
        recent = {one for at, one in self.disables if now - at < _HOUR}
        self.disables.append((now, uid))
        if limit is not None and uid not in recent and len(recent) >= limit:
            raise PromiseBrokenError(f"more than {limit} SIMs were disabled in an hour")

    def _flap(self, card: "Card", state: SimState) -> None:
        """Off and on again in one period, or on and off again though nothing happened in between.

        Who waits for a place of its policy is on; when one becomes free it goes, be that at once.
        """
        moment = (self.causes, self.periods(self.lab.clock.now()))
        now, before = Switch(state, moment, self.lab.told, self.freed), self.last.get(card.iccid)
        if before is not None and before.state is not state and before.moment == moment:
            nothing_happened = (now.told, now.freed) == (before.told, before.freed)
            if state is SimState.ENABLED or nothing_happened:
                raise PromiseBrokenError(
                    f"{card.iccid} is to be {state} again in one period, for no cause"
                )
        self.last[card.iccid] = now

    def periods(self, now: datetime) -> tuple[str, ...]:
        """The periods of all policies."""
        names = []
        for name, spec in sorted(self.lab.policies().items()):
            try:
                names.append(f"{name} {period_at(Track(spec.period, spec.time_zone), now).name}")
            except InvalidTimeZoneError:
                names.append(f"{name} none")
        return tuple(names)

    # A status is about to be taken

    def before_status(self, kind: str, body: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        """The API server is about to take a status."""
        if kind != SIM_KIND:
            return
        before, after = hold_of(body), hold_of({"status": status})
        if before is not None and after is None:
            self._cleared(body, before)
            self.freed += 1
        if after is not None and (before is None or before["policyUID"] != after["policyUID"]):
            self._begun(body, after["policyUID"])
        if before is not None and after is not None and before["since"] != after["since"]:
            released = body["metadata"]["annotations"].get(RELEASE_HOLD_ANNOTATION)
            of_it = ("policyUID", "period")
            if released == before["since"] and all(before[of] == after[of] for of in of_it):
                raise PromiseBrokenError("a SIM was released, and is held again in its period")

    def _cleared(self, body: Mapping[str, Any], hold: Mapping[str, str]) -> None:
        card = self.lab.card_of(body["spec"]["iccid"])
        asked, left_off = body["spec"].get("state"), hold["stateBefore"] == "Disabled"
        if asked == "Disabled" or (asked is None and left_off):
            return
        if card is None or not card.present or not card.was_shown:
            return  # nobody can have seen whether it is on
        if card.state is not SimState.ENABLED:
            raise PromiseBrokenError(f"the hold of {card.iccid} was cleared before it was on")

    def _begun(self, body: Mapping[str, Any], uid: str) -> None:
        name, spec = self.lab.policy_by_uid(uid)
        selected = [
            one
            for one in self.lab.sims().values()
            if matches(spec.selector, one["metadata"].get("labels", {}))
        ]
        holds = [hold_of(one) for one in self.lab.sims().values() if self._is_there(one)]
        count = 1 + sum(one is not None and one["policyUID"] == uid for one in holds)
        if count > places(spec, len(selected)):
            raise PromiseBrokenError(f"{name} keeps {count} off, more than its places")

    def _is_there(self, body: Mapping[str, Any]) -> bool:
        card = self.lab.card_of(body["spec"]["iccid"])
        return card is not None and card.present


def hold_of(body: Mapping[str, Any]) -> dict[str, str] | None:
    """The hold in the status of a SIM."""
    hold: dict[str, str] | None = body.get("status", {}).get("policy", {}).get("hold")
    return hold


def places(spec: QuotaPolicySpec, matched: int) -> int:
    """How many SIMs a policy may keep off: by the words of its documentation."""
    told = spec.max_disabled
    if isinstance(told, int):
        return told
    percent = int(told.removesuffix("%"))
    return max(1, math.ceil(percent * matched / 100)) if percent else 0
