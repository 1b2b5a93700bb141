"""What each strange step does to the cluster and to 1NCE."""

from dataclasses import dataclass, field
from typing import Any, Final

from sim_operator.domain.iccid import luhn_digit
from tests.chaos.oracle import Past
from tests.chaos.oracle_scene import FIELDS
from tests.chaos.strange_hand import Hand
from tests.chaos.strange_steps import (
    CARDS,
    ENDPOINT,
    PLACES,
    Annotate,
    Credentials,
    Delete,
    Move,
    Portal,
    Put,
    Step,
    Tamper,
    Team,
    Wait,
)
from tests.integration.world import CLIENT_ID, CLIENT_SECRET, Json, World

KINDS: Final = ("SIM", "SIMAccount", "QuotaPolicy")
CUSTOMERS: Final = {"a": "default", "b": "second"}
_HOUR: Final = 3_600
_SWAPS: Final = 2
"""Times in an hour that one field is changed in the portal: the third makes it contested."""
_AWAY: Final = 2
"""SIMs that may be away: a list that lacks more is not believed."""


@dataclass
class Stage:
    """Three namespaces and two customers, as the steps so far have left them."""

    world: World
    hand: Hand
    cards: list[str]
    """ICCIDs by their place."""
    past: Past = field(default_factory=Past)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    """What was done, and what came of it."""
    _swaps: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _time: int = 0

    def set(self) -> None:
        """Everything as it is before anybody did anything."""
        for place in PLACES:
            self._team(Team(place, None))
            for name in CUSTOMERS:
                self._credentials(Credentials(place, name, "its own"))
            bad = {"ONCE_CLIENT_ID": CLIENT_ID, "ONCE_CLIENT_SECRET": "wrong"}
            self.hand.secret(self.namespace(place), "bad", bad)
            self.secrets[f"{self.namespace(place)}/bad"] = ""
        for number, iccid in enumerate(self.cards):
            truth: Json = {"status": "Enabled", "label": f"card {number}", "imei_lock": False}
            more: Json = {"expired": False, "present": True, "profile": "silent"}
            self.world.simulator.patch_sim(iccid, **truth, **more)

    def namespace(self, place: str) -> str:
        """The name of a namespace."""
        return f"{self.world.namespace}{place}"

    def listed(self, kind: str) -> list[Json]:
        found = [body for place in PLACES for body in self.hand.listed(kind, self.namespace(place))]
        return sorted(
            found, key=lambda one: (one["metadata"]["namespace"], one["metadata"]["name"])
        )

    def truth(self) -> dict[str, Json]:
        """1NCE's SIMs by ICCID, also those that are away."""
        return {iccid: self.world.simulator.sim(iccid) for iccid in self.cards}

    # Steps

    def take(self, step: Step) -> None:
        match step:
            case Put():
                told = str(self._put(step))
            case Delete(kind, nth):
                told = self._on(kind, nth, lambda where, name: self.hand.delete(kind, where, name))
            case Annotate(kind, nth, annotation, value):
                change = {"metadata": {"annotations": {f"sim-operator.io/{annotation}": value}}}
                told = self._on(
                    kind, nth, lambda where, name: self.hand.patch(kind, where, name, change)
                )
            case Tamper(kind, nth, status):
                change = {"status": status}
                told = self._on(
                    kind,
                    nth,
                    lambda where, name: self.hand.patch(kind, where, name, change, "status"),
                )
            case Portal():
                told = self._portal(step)
            case Move():
                told = self._move(step)
            case Credentials():
                told = self._credentials(step)
            case Wait(seconds):
                before = self.world.simulator.control("GET", "time")["now"]
                self.world.simulator.advance(seconds)
                after = self.world.simulator.control("GET", "time")["now"]
                self.past.turned |= before[:10] != after[:10]
                self._time += seconds
                told = after
            case Team():
                told = self._team(step)
        self.told.append(f"{step} -> {told}")

    def _put(self, step: Put) -> int:
        spec = dict(step.spec)
        if step.kind == "SIM" and type(spec.get("iccid")) is int:
            spec["iccid"] = self._iccid(spec["iccid"])
        if step.kind == "SIM" and isinstance(spec.get("accountRef"), dict):
            spec["accountRef"] = self._reference(spec["accountRef"])
        if spec.get("endpoint") == ENDPOINT:
            spec["endpoint"] = self.world.simulator.endpoint
        where = self.namespace(step.place)
        status = self.hand.replace_spec(step.kind, where, step.name, spec)
        if status == 404:
            metadata = {"name": step.name, "namespace": where, "labels": dict(step.labels)}
            body = {
                "apiVersion": "sim-operator.io/v1alpha1",
                "kind": step.kind,
                "metadata": metadata,
                "spec": spec,
            }
            return self.hand.create(body)
        labels: dict[str, Any] = {**dict.fromkeys(("tier", "fleet")), **step.labels}
        self.hand.patch(step.kind, where, step.name, {"metadata": {"labels": labels}})
        return status

    def _iccid(self, place: int) -> str:
        if place >= 0:
            return self.cards[place % len(self.cards)]
        iccid = self.cards[(-1 - place) % len(self.cards)]
        return iccid + luhn_digit(iccid)

    def _reference(self, reference: Json) -> Json:
        found = dict(reference)
        if found.get("namespace") in PLACES:
            found["namespace"] = self.namespace(found["namespace"])
        return found

    def _on(self, kind: str, nth: int, act: Any) -> str:
        """Act on one of those that are there."""
        found = self.listed(kind)
        if not found:
            return "there is none"
        metadata = found[nth % len(found)]["metadata"]
        where, name = metadata["namespace"], metadata["name"]
        return f"{act(where, name)} for {kind} {where}/{name}"

    def _portal(self, step: Portal) -> str:
        iccid, change = self.cards[step.card], dict(step.change)
        (name,) = change
        swaps = self._swaps.setdefault((iccid, name), [])
        swaps[:] = [at for at in swaps if self._time - at < _HOUR]
        if name in FIELDS and len(swaps) >= _SWAPS:
            return "it would be contested"
        swaps.append(self._time)
        self.world.simulator.patch_sim(iccid, **change)
        if name in FIELDS:
            self.past.allow(iccid, name, change[name])
        if name == "use_data_mb":
            self.past.used[iccid] = self.past.used.get(iccid, 0.0) + change[name]
        return iccid

    def _move(self, step: Move) -> str:
        iccid = self.cards[step.card]
        mine = self.cards[:CARDS] if step.card < CARDS else self.cards[CARDS:]
        away = [one for one in mine if not self.world.simulator.sim(one)["present"]]
        if not step.away:
            self.world.simulator.bring_back(iccid)
        elif iccid not in away and len(away) < _AWAY:
            self.world.simulator.transfer_away(iccid, step.answer)
        return iccid

    def _credentials(self, step: Credentials) -> str:
        where = self.namespace(step.place)
        if step.holds == "none":
            self.hand.drop_secret(where, step.name)
            self.secrets.pop(f"{where}/{step.name}", None)
            return where
        pair = (CLIENT_ID, CLIENT_SECRET) if step.name == "a" else ("b-client", "b-secret")
        secret = pair[1] if step.holds == "its own" else "wrong"
        data = {"ONCE_CLIENT_ID": pair[0], "ONCE_CLIENT_SECRET": secret}
        self.hand.secret(where, step.name, data)
        owner = CUSTOMERS[step.name] if step.holds == "its own" else ""
        self.secrets[f"{where}/{step.name}"] = owner
        return where

    def _team(self, step: Team) -> str:
        where = self.namespace(step.place)
        self.hand.label_namespace(where, {"team": step.team})
        self.labels[where] = {"kubernetes.io/metadata.name": where}
        if step.team is not None:
            self.labels[where]["team"] = step.team
        return where
