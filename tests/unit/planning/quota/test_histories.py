"""What holds through a whole period: decisions that come back as holds, and use that goes on."""

from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PolicyAction, PolicyMode
from sim_operator.domain.resources import Key
from sim_operator.planning.limits import resolve
from sim_operator.planning.quota.evaluation import Decision, Evaluation, Member, Standing, evaluate
from sim_operator.planning.quota.terms import Terms
from tests.unit.planning.quota.fleet import POLICIES, key, used

NAMES = "abcdef"
FIXED = st.fixed_dictionaries({name: st.sampled_from(Standing) for name in NAMES})
MOSTLY_ENFORCED = st.fixed_dictionaries(
    {
        name: st.one_of(*[st.just(Standing.ENFORCED)] * 4, st.sampled_from(Standing))
        for name in NAMES
    }
)
USE = st.tuples(st.sampled_from(NAMES), st.integers(0, 80), st.integers(0, 4))
HIDE = st.tuples(st.just("hide"), st.sampled_from(NAMES), st.just(0))
CHANGE = st.tuples(st.just("stands"), st.sampled_from(NAMES), st.integers(0, len(Standing) - 1))
SHRINK = st.tuples(st.just("leaves"), st.sampled_from(NAMES), st.just(0))
Step = tuple[str, str | int, int]


@dataclass
class World:
    """SIMs that use what they can, under one policy that switches them off."""

    terms: Terms
    standings: dict[str, Standing]
    data: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    sms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    hidden: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    holds: set[Key] = field(default_factory=set)
    """SIMs that the API server has a hold for: those are off."""
    last: dict[Key, Decision] = field(default_factory=dict)

    def member(self, name: str, *, held: bool) -> Member:
        one = key(name)
        usage = None if name in self.hidden else used(self.data[name], self.sms[name])
        last = self.last[one].would if one in self.last else None
        return Member(one, usage, self.standings[name], held=held, last=last)

    def members(self) -> list[Member]:
        return [
            self.member(name, held=key(name) in self.holds)
            for name in NAMES
            if name not in self.gone
        ]

    def go_on(self, step: Step) -> None:
        what, who, how = step
        if isinstance(who, str):
            self._change(what, who, how)
        elif key(what) not in self.holds and self.standings[what] is not Standing.OWNER_DISABLED:
            self.data[what] += who
            self.sms[what] += how

    def _change(self, what: str, who: str, how: int) -> None:
        if what == "hide":
            self.hidden ^= {who}
        elif what == "stands":
            self.standings[who] = list(Standing)[how]
        else:
            self.gone ^= {who}

    def decide(self) -> Evaluation:
        found = evaluate(self.terms, self.members())
        for one, decision in found.decisions.items():
            if decision.action is PolicyAction.DISABLE:
                self.holds.add(one)
        self.last = dict(found.decisions)
        return found


@given(POLICIES, MOSTLY_ENFORCED, st.lists(st.one_of(USE, USE, USE, HIDE, SHRINK), max_size=25))
def test_audit_says_what_enforce_does_through_a_whole_period(
    terms: Terms, standings: dict[str, Standing], steps: list[Step]
) -> None:
    world = World(replace(terms, mode=PolicyMode.ENFORCE), standings)
    audit = replace(terms, mode=PolicyMode.AUDIT)
    answers: dict[Key, PolicyAction] = {}
    for step in steps:
        world.go_on(step)
        members = [
            replace(
                one,
                held=one.standing is Standing.ENFORCED
                and answers.get(one.key) is PolicyAction.DISABLE,
            )
            for one in world.members()
        ]
        trial, real = evaluate(audit, members), world.decide()
        answers |= {one: decision.would for one, decision in trial.decisions.items()}
        assert trial == real


@given(
    POLICIES, MOSTLY_ENFORCED, st.lists(st.one_of(USE, USE, USE, HIDE, SHRINK, CHANGE), max_size=25)
)
def test_who_was_switched_off_stays_off_and_never_are_more_off_than_may_be(
    terms: Terms, standings: dict[str, Standing], steps: list[Step]
) -> None:
    world = World(terms, standings)
    for step in steps:
        world.go_on(step)
        before = set(world.holds)
        here = [one for one in world.members() if one.standing is not Standing.LEAVING]
        kept = sum(one.held for one in here)
        found = world.decide()
        places = resolve(terms.max_disabled, found.matched)
        new = world.holds - before
        assert not new or kept + len(new) <= places
        for one, decision in found.decisions.items():
            if one in before and world.standings[one.name] is Standing.ENFORCED:
                assert decision.action is PolicyAction.DISABLE
            if decision.action is PolicyAction.DISABLE:
                standing = world.standings[one.name]
                stays_off = one in before and standing is Standing.UNSEEN
                assert standing is Standing.ENFORCED or stays_off


@given(POLICIES, FIXED, st.lists(USE, max_size=25))
def test_what_is_told_of_a_sim_grows_worse_only(
    terms: Terms, standings: dict[str, Standing], steps: list[Step]
) -> None:
    only_own = replace(terms, data_pool=None, sms_pool=None, data_per_sim=100)
    world = World(only_own, standings)
    worst = dict.fromkeys(map(key, NAMES), 0)
    weights = {action: weight for weight, action in enumerate(PolicyAction)}
    weights[PolicyAction.HOLD] = weights[PolicyAction.DISABLE]
    for step in steps:
        world.go_on(step)
        for one, decision in world.decide().decisions.items():
            weight = weights[decision.would]
            assert weight >= worst[one]
            worst[one] = weight
