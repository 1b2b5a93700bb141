"""The laboratory: a cluster, an account with cards, a clock, and the operator among them."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, RELEASE_HOLD_ANNOTATION, SIM_KIND
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.states import SimState
from sim_operator.domain.usage import Service, StreamedUse
from sim_operator.engine.history import NoRecording, Recording
from tests.policy_lab.api_server import ApiServer, Body
from tests.policy_lab.cards import Card, LabClient
from tests.policy_lab.clock import LabClock, ticking
from tests.policy_lab.process import LabEvents, Process, plumbing
from tests.policy_lab.promises import Promises, hold_of

NAMESPACE = "plant"
ACCOUNT = Key(NAMESPACE, "default")
MEBIBYTE = 2**20
_MOST_TURNS = 30
_ACCOUNT_SPEC: Body = {
    "credentialsSecretRef": {"name": "onence"},
    "protection": {"maxDisablesPerHour": "100%", "maxMissing": "100%"},
}
_POLICY_SPEC: Body = {
    "selector": {},
    "mode": "Enforce",
    "action": "Disable",
    "maxDisabled": "100%",
}
"""What a policy says where nothing else is told; elsewhere the defaults of the resource."""


class Lab:
    """One laboratory; made by `laboratory`."""

    def __init__(
        self, clock: LabClock, account: Body | None = None, recording: Recording | None = None
    ) -> None:
        self.clock = clock
        self.recording = recording or NoRecording()
        """The history of the processes that start from now on."""
        self.api = ApiServer(clock.now)
        self.promises = Promises(self)
        self.client = LabClient(clock.now, self.promises.before_write)
        self.api.status_written = self.promises.before_status
        self.events = LabEvents()
        self._ever: dict[str, str] = {}
        self._records = 0
        self._told: dict[Iccid, int] = {}
        self._streamed = 0
        self.api.create(ACCOUNT_KIND, ACCOUNT, _merged(_ACCOUNT_SPEC, account or {}), {})
        self.process = self._started()

    # What people do

    def sim(
        self,
        name: str,
        spec: Body | None = None,
        labels: Mapping[str, str] | None = None,
        **card: Any,
    ) -> Card:
        """A card, and the resource that claims it."""
        iccid = Iccid(f"{8988303000000000001 + len(self.client.cards)}")
        self.client.cards[iccid] = Card(iccid, **card)
        told = {"iccid": iccid, **(spec or {})}
        self.api.create(SIM_KIND, self.key(name), told, labels or {})
        self.promises.changed_by_a_person()
        return self.client.cards[iccid]

    def policy(self, name: str, spec: Body) -> None:
        """Apply a policy; what is said changes what it said before, null removes."""
        key = self.key(name)
        self.promises.changed_by_a_person()
        if (POLICY_KIND, key) in self.api.objects:
            self.api.edit(POLICY_KIND, key, lambda one: one.update(spec=_merged(one["spec"], spec)))
        else:
            body = self.api.create(POLICY_KIND, key, _merged(_POLICY_SPEC, spec), {})
            self._ever[body["metadata"]["uid"]] = name
        QuotaPolicySpec.model_validate(self.api.objects[POLICY_KIND, key]["spec"])

    def delete_policy(self, name: str) -> None:
        """Delete a policy."""
        self.promises.changed_by_a_person()
        self.api.delete(POLICY_KIND, self.key(name))

    def edit_sim(self, name: str, change: Body) -> None:
        """Change spec, labels or annotations of a SIM; null removes."""
        self.promises.changed_by_a_person()

        def edit(one: Body) -> None:
            meta = one["metadata"]
            for of in ("labels", "annotations"):
                meta[of] = _merged(meta[of], change.get(of, {}))
            spec = {name: of for name, of in change.items() if name not in meta}
            one["spec"] = _merged(one["spec"], spec)

        self.api.edit(SIM_KIND, self.key(name), edit)

    def delete_sim(self, name: str) -> None:
        """Delete the resource of a SIM."""
        self.promises.changed_by_a_person()
        self.api.delete(SIM_KIND, self.key(name))

    def account(self, change: Body) -> None:
        """Change the account."""
        self.promises.changed_by_a_person()
        self.api.edit(
            ACCOUNT_KIND, ACCOUNT, lambda one: one.update(spec=_merged(one["spec"], change))
        )

    def release(self, name: str) -> None:
        """Annotate a SIM with the beginning of its hold."""
        hold = self.hold(name)
        assert hold is not None, f"{name} is not held"
        self.edit_sim(name, {"annotations": {RELEASE_HOLD_ANNOTATION: hold["since"]}})

    def lose_status(self, name: str) -> None:
        """A status is gone, as after a restore from Git."""
        self.promises.changed_by_a_person()
        self.api.edit(SIM_KIND, self.key(name), lambda one: one.pop("status", None))

    def rewrite_hold(self, name: str, change: Mapping[str, str]) -> None:
        """A hold says something else than this operator would have written."""
        self.promises.changed_by_a_person()
        key = self.key(name)
        self.api.edit(SIM_KIND, key, lambda one: one["status"]["policy"]["hold"].update(change))

    def switch(self, name: str, state: SimState) -> None:
        """Somebody switches a card in the portal."""
        self.promises.changed_by_a_person()
        self.card(name).state = state
        self.card(name).was_shown = False
        self.promises.off_by_policy.discard(self.card(name).iccid)

    # What devices do

    def use(self, name: str, volume: int, service: Service = Service.DATA) -> None:
        """A device uses some, now."""
        self.card(name).use(self.clock.now(), service, volume)

    def stream(self, name: str, volume: int, service: Service = Service.DATA) -> None:
        """A device uses some within a minute, and the Data Streamer tells at once."""
        self.clock.pass_by(60.0)
        self.use(name, volume, service)
        now = self.clock.now()
        self._records += 1
        self._streamed += volume
        record = StreamedUse(self._records, service, now - timedelta(minutes=1), now, volume)
        self.process.supervisor.policies.board.books.streamed(self.card(name).iccid, record)

    # What time does

    def settle(self, *, passes_first: bool = False) -> None:
        """Let the operator work until there is nothing left to do."""
        quiet = 0
        for _ in range(_MOST_TURNS):
            quiet = 0 if self.turn(passes_first=passes_first) else quiet + 1
            if quiet == 2:
                return
        raise AssertionError("the operator does not come to rest")

    def turn(self, *, passes_first: bool = False) -> bool:
        """Let the operator work for a second."""
        self.clock.pass_by(1.0)
        return self.process.turn(passes_first=passes_first)

    def look(self) -> None:
        """A sweep, a reading of every SIM, and what follows from them."""
        self.process.sweep()
        self.poll()
        self.settle()
        # Some SIMs are only now known to be wanted.
        self.poll()
        self.settle()

    def chronicle(self) -> None:
        """A reading for the history, and what follows from it."""
        self.process.chronicle()
        self.settle()

    def poll(self) -> None:
        """A reading of every SIM."""
        now = self.clock.now()
        for iccid in self.process.poll():
            booked = sum(one.volume for one in self.client.cards[iccid].booked(now))
            self._told[iccid] = max(self._told.get(iccid, 0), booked)

    def go_to(self, moment: datetime) -> None:
        """Time passes, and nobody looks."""
        self.clock.pass_by((moment - self.clock.now()).total_seconds())

    def _started(self) -> Process:
        process = Process(self.clock, self.api, self.client, self.events, ACCOUNT, self.recording)
        self.api.watcher = process.observe
        return process

    def restart(self) -> None:
        """The process ends without a word, and another one starts."""
        self.api.answers = True
        self.process = self._started()

    # What is true

    @staticmethod
    def key(name: str) -> Key:
        """The resource of this name."""
        return Key(NAMESPACE, name)

    def card(self, name: str) -> Card:
        """The card that a resource claims."""
        return self.client.cards[self.api.objects[SIM_KIND, self.key(name)]["spec"]["iccid"]]

    def card_of(self, iccid: str) -> Card | None:
        """A card."""
        return self.client.cards.get(Iccid(iccid))

    def sims(self) -> dict[str, Body]:
        """The SIM resources by name, as the API server has them."""
        return self._all(SIM_KIND)

    def body_of(self, iccid: Iccid) -> Body | None:
        """The resource that claims a card."""
        return next((one for one in self.sims().values() if one["spec"]["iccid"] == iccid), None)

    def hold(self, name: str) -> dict[str, str] | None:
        """The hold of a SIM."""
        return hold_of(self.api.objects[SIM_KIND, self.key(name)])

    def policies(self) -> dict[str, QuotaPolicySpec]:
        """The policies by name."""
        return {
            name: QuotaPolicySpec.model_validate(body["spec"])
            for name, body in self._all(POLICY_KIND).items()
        }

    def policy_by_uid(self, uid: str) -> tuple[str, QuotaPolicySpec]:
        """A policy that exists."""
        for name, body in self._all(POLICY_KIND).items():
            if body["metadata"]["uid"] == uid:
                return name, QuotaPolicySpec.model_validate(body["spec"])
        raise AssertionError(f"there is no policy {uid}")

    def policy_name(self, uid: str) -> str:
        """The name that a policy has, or had."""
        return self._ever[uid]

    @property
    def told(self) -> int:
        """Bytes and messages that the operator was told of, in readings and in records."""
        return sum(self._told.values()) + self._streamed

    def disables_per_hour(self) -> int | None:
        """The account's budget, where it is a plain number."""
        spec = self.api.objects[ACCOUNT_KIND, ACCOUNT]["spec"]
        told = spec["protection"]["maxDisablesPerHour"]
        return told if isinstance(told, int) else None

    def _all(self, kind: str) -> dict[str, Body]:
        return {key.name: one for (of, key), one in self.api.objects.items() if of == kind}


def _merged(old: Body, change: Body) -> Body:
    new = copy.deepcopy(old)
    for name, value in change.items():
        if value is None:
            new.pop(name, None)
        elif isinstance(value, dict) and isinstance(new.get(name), dict):
            new[name] = _merged(new[name], value)
        else:
            new[name] = copy.deepcopy(value)
    return new


@contextmanager
def laboratory(
    now: datetime, account: Body | None = None, recording: Recording | None = None
) -> Iterator[Lab]:
    """A laboratory, in which the operator's time is the laboratory's."""
    clock = LabClock(now)
    with ticking(clock), plumbing():
        yield Lab(clock, account, recording)


@contextmanager
def laboratories(now: datetime) -> Iterator[tuple[Lab, Lab]]:
    """Two that share a clock: seconds pass for both while one of them works."""
    clock = LabClock(now)
    with ticking(clock), plumbing():
        yield Lab(clock), Lab(clock)
