"""A scenario as it stands in a file: what is given, what happens in time, what has to be true."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from sim_operator.api.names import ConditionType
from sim_operator.domain.states import SimState
from sim_operator.domain.usage import Service
from sim_operator.domain.volume import bytes_of
from sim_operator.planning.budget import WINDOW
from sim_operator.status.conditions import condition
from tests.policy_lab.lab import Lab, laboratory

NOW = "2026-11-15T12:00:00Z"
_SPAN = re.compile(r"([+-]?)(\d+)([smhd])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LOOK = timedelta(seconds=30)
"""How long before a moment the last look of a scenario's run-up ends."""


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def span(text: str) -> timedelta:
    """`90s`, `5m`, `-3h`, `2d`."""
    told = _SPAN.fullmatch(text)
    assert told is not None, text
    seconds = int(told[2]) * _UNITS[told[3]]
    return timedelta(seconds=-seconds if told[1] == "-" else seconds)


def run(case: Mapping[str, Any]) -> None:
    """Play a scenario; AssertionError with its reason where anything is not as it says."""
    given = case.get("given", {})
    with laboratory(moment(given.get("now", NOW)), given.get("account")) as lab:
        player = _Player(lab, case["because"])
        player.set_up(given)
        for step in case.get("when", ()):
            assert len(step) == 1, f"one thing at a time: {step}"
            for verb, told in step.items():
                player.play(verb, told)
        player.expect(case["then"])


class _Player:
    """Plays steps in a laboratory."""

    def __init__(self, lab: Lab, because: str) -> None:
        self._lab = lab
        self._because = because

    def set_up(self, given: Mapping[str, Any]) -> None:
        """The world before anything happens; the operator has looked at it."""
        lab = self._lab
        for name, told in _named(given.get("sims", ["a"])).items():
            spec = dict(told)
            labels, card = spec.pop("labels", {}), spec.pop("card", {})
            activated = moment(card.pop("activated", "2026-01-01T00:00:00Z"))
            made = lab.sim(name, spec, labels, activated=activated, **_card(card))
            assert made.uses == []
        for name, told in given.get("policies", {}).items():
            lab.policy(name, told)
        lab.look()

    def play(self, verb: str, told: Any) -> None:
        """One step."""
        known: dict[str, Callable[[Any], None]] = {
            "use": lambda of: self._each(of, self._lab.use),
            "sms": self._sms,
            "stream": lambda of: self._each(of, self._lab.stream),
            "top_up": self._top_up,
            "correct": self._correct,
            "card": self._cards,
            "owner": self._owner,
            "policy": self._policy,
            "sim": self._sim,
            "account": self._lab.account,
            "release": self._lab.release,
            "lose_status": self._lab.lose_status,
            "rewrite_hold": self._rewrite_hold,
            "at": self._at,
            "wait": lambda of: self._look_after(span(of)),
            "sleep": lambda of: self._lab.go_to(self._lab.clock.now() + span(of)),
            "clock": self._clock,
            "look": lambda _: self._lab.look(),
            "poll": lambda _: self._lab.poll(),
            "sweep": lambda _: self._lab.process.sweep(),
            "turns": self._turns,
            "settle": lambda _: self._lab.settle(),
            "restart": lambda _: self._lab.restart(),
            "stop": lambda of: self._gate(of, opened=False),
            "resume": lambda of: self._gate(of, opened=True),
            "then": self.expect,
        }
        known[verb](told)

    def _each(self, told: Mapping[str, str], play: Callable[[str, int], None]) -> None:
        for name, volume in told.items():
            play(name, _volume(volume))

    def _sms(self, told: Mapping[str, int]) -> None:
        for name, count in told.items():
            for _ in range(count):
                self._lab.use(name, 1, Service.SMS)

    def _top_up(self, told: Mapping[str, str]) -> None:
        for name, volume in told.items():
            self._lab.card(name).bought[Service.DATA] += _volume(volume)

    def _correct(self, told: Mapping[str, str]) -> None:
        """1NCE books use away again."""
        for name, volume in told.items():
            card = self._lab.card(name)
            card.uses[-1] = type(card.uses[-1])(
                card.uses[-1].at, card.uses[-1].service, card.uses[-1].volume - _volume(volume)
            )

    def _cards(self, told: Mapping[str, Any]) -> None:
        for name, change in told.items():
            for field, value in _card(change).items():
                setattr(self._lab.card(name), field, value)

    def _owner(self, told: Mapping[str, str]) -> None:
        """Somebody switches a card in the portal."""
        for name, state in told.items():
            self._lab.switch(name, SimState(state))

    def _policy(self, told: Mapping[str, Any]) -> None:
        for name, change in told.items():
            if change is None:
                self._lab.delete_policy(name)
            else:
                self._lab.policy(name, change)

    def _sim(self, told: Mapping[str, Any]) -> None:
        for name, change in told.items():
            if change is None:
                self._lab.delete_sim(name)
            else:
                self._lab.edit_sim(name, change)

    def _rewrite_hold(self, told: Mapping[str, Mapping[str, str]]) -> None:
        for name, change in told.items():
            self._lab.rewrite_hold(name, change)

    def _at(self, told: str) -> None:
        self._lab.go_to(moment(told))
        self._lab.look()

    def _look_after(self, by: timedelta) -> None:
        self._lab.go_to(self._lab.clock.now() + by)
        self._lab.look()

    def _clock(self, told: str) -> None:
        self._lab.clock.step(span(told))
        self._lab.promises.clock_set()

    def _turns(self, told: int) -> None:
        for _ in range(told):
            self._lab.turn()

    def _gate(self, what: str, *, opened: bool) -> None:
        lab = self._lab
        match what:
            case "statuses":
                lab.process.writer.flows = opened
            case "answers":
                lab.api.answers = opened
            case "writes":
                lab.process.carries = opened
            case "1nce":
                lab.client.takes_writes = opened
            case "sight":
                lab.client.shows_writes = opened
            case _:
                raise AssertionError(what)

    # What has to be true

    def expect(self, told: Mapping[str, Any]) -> None:
        """Everything that is told, and nothing else, is compared."""
        told = dict(told)
        off = told.pop("disabled", None)
        if off is not None:
            found = [name for name in self._lab.sims() if not self._is_on(name)]
            assert sorted(found) == sorted(_names(off)), self._because
        count = told.pop("disabled_count", None)
        if count is not None:
            assert sum(not self._is_on(name) for name in self._lab.sims()) == count, self._because
        most = told.pop("most_disabled_in_an_hour", None)
        if most is not None:
            assert self._most_in_an_hour() == most, self._because
        for name, figures in told.pop("policies", {}).items():
            self._expect_policy(name, figures)
        for text in told.pop("events", ()):
            assert any(text in one[2] for one in self._lab.events.told), self._because
        for name, one in told.items():
            self._expect_sim(name, one)

    def _is_on(self, name: str) -> bool:
        return self._lab.card(name).state is SimState.ENABLED

    def _most_in_an_hour(self) -> int:
        at = sorted(
            when
            for card in self._lab.client.cards.values()
            for when, state in card.writes
            if state is SimState.DISABLED
        )
        return max(sum(first <= when < first + WINDOW for when in at) for first in at) if at else 0

    def _expect_sim(self, name: str, told: Mapping[str, Any]) -> None:
        status = self._lab.sims()[name].get("status", {})
        found = self._found(name, status)
        compared = {of: value for of, value in told.items() if of != "says"}
        assert {of: found[of] for of in compared} == compared, f"{name}: {self._because}"
        messages = " ".join(one["message"] for one in status.get("conditions", ()))
        for text in told.get("says", ()):
            assert text in messages, f"{name}: {self._because}"

    def _found(self, name: str, status: Mapping[str, Any]) -> dict[str, Any]:
        card, hold = self._lab.card(name), self._lab.hold(name)
        policy, usage = status.get("policy", {}), status.get("usage", {})
        ready, synced = (
            condition(status, of) for of in (ConditionType.READY, ConditionType.SYNCED)
        )
        return {
            "card": card.state.value,
            "writes": " ".join(
                "on" if state is SimState.ENABLED else "off" for _, state in card.writes
            ),
            "hold": self._lab.policy_name(hold["policyUID"]) if hold else "none",
            "before": hold["stateBefore"] if hold else "none",
            "held_period": hold["period"] if hold else "none",
            "ready": ready["reason"] if ready else "none",
            "synced": synced["reason"] if synced else "none",
            "policy": policy.get("name", "none"),
            "action": policy.get("action", "none"),
            "would": policy.get("wouldDo", "none"),
            "reason": policy.get("reason", "none"),
            "period": usage.get("period", "none"),
            "data": usage.get("data", "none"),
            "sms": usage.get("sms", "none"),
        }

    def _expect_policy(self, name: str, told: Mapping[str, Any]) -> None:
        status = orjson.loads(self._lab.process.store.policies[self._lab.key(name)].status)
        ready = condition(status, ConditionType.READY) or {}
        found = {**status, "ready": ready.get("reason"), "says": ready.get("message")}
        assert {of: found.get(of) for of in told} == dict(told), f"{name}: {self._because}"


def _named(told: Any) -> dict[str, dict[str, Any]]:
    if isinstance(told, int):
        return {f"s{number:02}": {} for number in range(told)}
    if isinstance(told, list):
        return {name: {} for name in told}
    return {name: dict(one or {}) for name, one in told.items()}


def _names(told: Any) -> list[str]:
    return told.split() if isinstance(told, str) else list(told)


def _volume(told: str | int) -> int:
    return told if isinstance(told, int) else bytes_of(told)


def _card(told: Mapping[str, Any]) -> dict[str, Any]:
    card = dict(told)
    if "state" in card:
        card["state"] = SimState(card["state"])
    if "lag" in card:
        card["lag"] = span(card["lag"])
    return card
