"""Anything that may happen in a laboratory, in any order."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from sim_operator.api.names import RELEASE_HOLD_ANNOTATION
from sim_operator.domain.states import SimState
from sim_operator.domain.usage import Service
from tests.policy_lab.lab import MEBIBYTE, Lab

SIMS = ("a", "b", "c")
POLICIES = ("p", "q")
Step = tuple[str, Any, Any]

_Strategies = st.SearchStrategy[Step]


def often(*kinds: tuple[int, _Strategies]) -> _Strategies:
    """Each kind as often as it says: `one_of` takes apart what is nested in it."""
    drawn = [kind for weight, kind in kinds for _ in range(weight)]
    return st.sampled_from(drawn).flatmap(lambda kind: kind)


ONE_SIM = st.sampled_from(("a", *SIMS))
_POLICY = st.sampled_from(POLICIES)
VOLUMES = st.sampled_from([1, 12, 25, 60, 60])
MINUTES = st.sampled_from([1, 20, 61, 60 * 5, 60 * 13, 60 * 24, 60 * 24 * 9])
_LIMITS = st.sampled_from(
    [
        {"data": {"perSIM": "20Mi", "pool": None}, "sms": None},
        {"data": {"perSIM": "50Mi", "pool": None}, "sms": None},
        {"data": {"perSIM": "0", "pool": None}, "sms": None},
        {"data": {"pool": "60Mi", "perSIM": None}, "sms": None},
        {"data": {"pool": "100Mi", "perSIM": None}, "sms": None},
        {"data": {"pool": "110Mi", "perSIM": "40Mi"}, "sms": {"perSIM": 3}},
        {"data": None, "sms": {"pool": 4}},
    ]
)
_TERMS = st.one_of(
    _LIMITS,
    st.sampled_from([{"mode": "Enforce"}, {"mode": "Audit"}, {"mode": "Enforce"}]),
    st.sampled_from([{"action": "None"}, {"action": "Disable"}, {"action": "Disable"}]),
    st.sampled_from([{"maxDisabled": one} for one in (0, 1, 2, "50%", "100%", "100%")]),
    st.sampled_from([{"priority": one} for one in (-1, 0, 5)]),
    st.sampled_from(
        [
            {"period": "Monthly"},
            {"period": "Daily"},
            {"timeZone": "Asia/Kathmandu"},
            {"timeZone": "Europe/Berlin"},
            {"timeZone": "Europe/Berlim"},
        ]
    ),
    st.sampled_from([{"resume": "Never"}, {"resume": None}, {"resume": "NextPeriod"}]),
    st.sampled_from([{"selector": {}}, {"selector": {"matchLabels": {"fleet": "pumps"}}}]),
)
LIMITED = st.builds(
    lambda limits, kind, most: {**limits, "period": kind, "maxDisabled": most},
    _LIMITS,
    st.sampled_from(["Monthly", "Daily", "Monthly", "Lifetime"]),
    st.sampled_from(["100%", "100%", 2, 1, "50%"]),
)
"""What a policy says at first; null leaves out."""

LOOKS = st.tuples(st.just("look"), st.none(), st.none())
USES = often(
    (3, st.tuples(st.just("use"), ONE_SIM, VOLUMES)),
    (1, st.tuples(st.just("sms"), ONE_SIM, st.integers(1, 3))),
    (1, st.tuples(st.just("stream"), ONE_SIM, VOLUMES)),
)
TIMES = often(
    (3, LOOKS),
    (3, st.tuples(st.just("wait"), MINUTES, st.none())),
    (1, st.tuples(st.just("sleep"), MINUTES, st.none())),
    (2, st.tuples(st.just("turns"), st.integers(1, 3), st.booleans())),
    (1, st.tuples(st.just("poll"), st.none(), st.none())),
    (1, st.tuples(st.just("sweep"), st.none(), st.none())),
)
CHRONICLES = st.tuples(st.just("chronicle"), st.none(), st.none())
CLOCKS = st.tuples(st.just("clock"), st.sampled_from([-13, -3, -1, 1, 3, 13]), st.none())
RESTARTS = st.tuples(st.just("restart"), st.none(), st.none())
SILENCES = st.tuples(st.just("silent"), ONE_SIM, st.sampled_from([False, False, True]))
GATES = st.tuples(
    st.just("gate"),
    st.sampled_from(["statuses", "answers", "writes", "1nce", "sight"]),
    st.sampled_from([True, True, False]),
)
RELEASES = st.tuples(st.just("release"), ONE_SIM, st.none())
PEOPLE = st.one_of(
    st.tuples(st.just("policy"), _POLICY, _TERMS),
    st.tuples(st.just("policy"), st.just("p"), _TERMS),
    st.tuples(st.just("apply"), _POLICY, LIMITED),
    st.tuples(st.just("delete"), _POLICY, st.none()),
    st.tuples(st.just("label"), ONE_SIM, st.sampled_from(["pumps", "valves"])),
    st.tuples(st.just("owner"), ONE_SIM, st.sampled_from(["Disabled", "Enabled", None])),
    st.tuples(st.just("manage"), ONE_SIM, st.sampled_from(["Manage", "Observe", "Manage"])),
    st.tuples(st.just("suspend"), ONE_SIM, st.sampled_from([False, True, False])),
    st.tuples(st.just("portal"), ONE_SIM, st.sampled_from(SimState)),
    RELEASES,
    st.tuples(st.just("budget"), st.sampled_from([0, 1, 2, 10]), st.none()),
)
STARTS = st.fixed_dictionaries(
    {
        "p": LIMITED,
        "q": st.none() | LIMITED,
        "states": st.lists(
            st.sampled_from([None, "Enabled"]), min_size=len(SIMS), max_size=len(SIMS)
        ),
        "budget": st.sampled_from([10, 10, 1, 2]),
    }
)


def begin(lab: Lab, start: Mapping[str, Any], **terms: Any) -> None:
    """SIMs and policies, looked at for the first time."""
    for name, state in zip(SIMS, start["states"], strict=True):
        fleet = "valves" if name == SIMS[-1] else "pumps"
        lab.sim(name, {} if state is None else {"state": state}, {"fleet": fleet})
    for name in POLICIES:
        if start[name] is not None:
            lab.policy(name, _told(start[name] | terms))
    lab.account({"protection": {"maxDisablesPerHour": start["budget"]}})
    lab.look()


def _told(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is null: a new policy has nothing to remove."""
    return {
        name: _told(one) if isinstance(one, dict) else one
        for name, one in spec.items()
        if one is not None
    }


def go_on(lab: Lab, step: Step) -> None:
    """Let one thing happen, where it can."""
    what, who, how = step
    _VERBS[what](lab, who, how)


def _use(lab: Lab, name: str, volume: int) -> None:
    if lab.card(name).state is SimState.ENABLED:
        lab.use(name, volume * MEBIBYTE)


def _sms(lab: Lab, name: str, count: int) -> None:
    if lab.card(name).state is SimState.ENABLED:
        lab.use(name, count, Service.SMS)


def _stream(lab: Lab, name: str, volume: int) -> None:
    if lab.card(name).state is SimState.ENABLED:
        lab.stream(name, volume * MEBIBYTE)


def _wait(lab: Lab, minutes: int, _: object) -> None:
    lab.clock.pass_by(minutes * 60.0)
    lab.look()


def _sleep(lab: Lab, minutes: int, _: object) -> None:
    lab.clock.pass_by(minutes * 60.0)


def _turns(lab: Lab, count: int, passes_first: bool) -> None:
    for _ in range(count):
        lab.turn(passes_first=passes_first)


def _clock(lab: Lab, hours: int, _: object) -> None:
    lab.clock.step(timedelta(hours=hours))
    if hours > 0:
        lab.promises.clock_set()


def _gate(lab: Lab, what: str, opened: bool) -> None:
    if what == "statuses":
        lab.process.writer.flows = opened
    elif what == "answers":
        lab.api.answers = opened
    elif what == "writes":
        lab.process.carries = opened
    elif what == "1nce":
        lab.client.takes_writes = opened
    else:
        lab.client.shows_writes = opened


def _policy(lab: Lab, name: str, change: Mapping[str, Any]) -> None:
    if name not in lab.policies():
        return
    kind = change.get("period", lab.policies()[name].period)
    if kind == "Lifetime" and change.get("resume") == "NextPeriod":
        return
    lab.policy(name, dict(change))


def _apply(lab: Lab, name: str, spec: Mapping[str, Any]) -> None:
    if name not in lab.policies():
        lab.policy(name, _told(spec))


def _delete(lab: Lab, name: str, _: object) -> None:
    if name in lab.policies():
        lab.delete_policy(name)


def _held(lab: Lab, name: str) -> str | None:
    """This SIM, or another that is held."""
    return next((one for one in (name, *SIMS) if lab.hold(one) is not None), None)


def _owner(lab: Lab, name: str, state: str | None) -> None:
    if state == "Disabled":
        name = _held(lab, name) or name
    lab.edit_sim(name, {"state": state})
    if state == "Disabled":
        lab.promises.off_by_policy.discard(lab.card(name).iccid)


def _release(lab: Lab, name: str, _: object) -> None:
    """Let a held SIM go, this one or another; else take the annotation of this one off."""
    held = _held(lab, name)
    if held is not None:
        lab.release(held)
    else:
        lab.edit_sim(name, {"annotations": {RELEASE_HOLD_ANNOTATION: None}})


def _silent(lab: Lab, name: str, silent: bool) -> None:
    lab.card(name).silent = silent


_VERBS: Mapping[str, Callable[[Lab, Any, Any], None]] = {
    "use": _use,
    "sms": _sms,
    "stream": _stream,
    "wait": _wait,
    "sleep": _sleep,
    "turns": _turns,
    "look": lambda lab, *_: lab.look(),
    "poll": lambda lab, *_: lab.poll(),
    "sweep": lambda lab, *_: lab.process.sweep(),
    "chronicle": lambda lab, *_: lab.chronicle(),
    "clock": _clock,
    "restart": lambda lab, *_: lab.restart(),
    "silent": _silent,
    "gate": _gate,
    "policy": _policy,
    "apply": _apply,
    "delete": _delete,
    "label": lambda lab, name, fleet: lab.edit_sim(name, {"labels": {"fleet": fleet}}),
    "owner": _owner,
    "manage": lambda lab, name, how: lab.edit_sim(name, {"managementPolicy": how}),
    "suspend": lambda lab, name, how: lab.edit_sim(name, {"suspend": how}),
    "portal": lambda lab, name, state: lab.switch(name, state),
    "release": _release,
    "budget": lambda lab, most, _: lab.account({"protection": {"maxDisablesPerHour": most}}),
}


def recover(lab: Lab) -> None:
    """Everything works again, everybody lets the operator work, and a whole period passes."""
    for gate in ("statuses", "answers", "writes", "1nce", "sight"):
        _gate(lab, gate, True)
    for name in SIMS:
        lab.card(name).silent = False
        lab.edit_sim(name, {"managementPolicy": "Manage", "suspend": False})
    for name, spec in lab.policies().items():
        if spec.time_zone == "Europe/Berlim":
            lab.policy(name, {"timeZone": "Etc/UTC"})
    lab.look()
    for _ in range(2):
        lab.clock.pass_by(16 * 86_400.0)
        lab.look()
    for _ in range(3):
        lab.clock.pass_by(600.0)
        lab.look()
