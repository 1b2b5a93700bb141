"""The count of claimed SIMs, beside one from scratch."""

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.account_state import AccountState, Sighting
from sim_operator.engine.deciding import Decider
from sim_operator.engine.roster import Roster
from sim_operator.planning.views import AccountView
from tests.unit.specimens import ACCOUNT, NOW, TICK, account_record, observed, sim_record

KEYS = [Key("plant-a", f"pump-{number}") for number in range(4)]
CARDS = [Iccid(f"898830300000000000{digit}") for digit in range(3)]
RECORDS = st.builds(
    sim_record,
    st.sampled_from(KEYS),
    iccid=st.sampled_from([*CARDS, "no card"]),
    account=st.sampled_from([ACCOUNT, Key("nowhere", "at-all")]),
    uid=st.sampled_from(["one", "two"]),
)
STEPS = st.one_of(
    RECORDS,
    st.sampled_from(KEYS),
    st.frozensets(st.sampled_from(CARDS)),
    st.tuples(st.just("gone"), st.sampled_from(CARDS)),
)


class Fleet:
    """One account whose SIMs come and go, as resources and at 1NCE."""

    def __init__(self) -> None:
        self.sims: dict[Key, SimRecord] = {}
        self.state = AccountState()
        accounts = {ACCOUNT: account_record(spec={"allowedNamespaces": {"from": "All"}})}
        self.roster = Roster(
            self.sims, accounts, default_account=None, labels_of=lambda _: {}, lists=self._lists
        )
        self.decider = Decider(self.state, self.roster, ACCOUNT)

    def _lists(self, _: Key, iccid: Iccid) -> bool | None:
        if self.state.listed is None:
            return None
        return iccid in self.state.sightings and iccid not in self.state.gone

    def step(self, what: object) -> None:
        """One thing happens, and a pass follows over whatever it concerns."""
        if isinstance(what, SimRecord):
            if self.sims.get(what.meta.key, what).meta.uid != what.meta.uid:
                self.step(what.meta.key)
            self.sims[what.meta.key] = what
            self.look_at(self.roster.refresh(what.meta.key))
        elif isinstance(what, Key):
            if self.sims.pop(what, None) is not None:
                self.look_at(self.roster.refresh(what))
        elif isinstance(what, tuple):
            iccid = Iccid(what[1])
            self.state.gone.add(iccid)
            self.state.sightings.pop(iccid, None)
            self.look_at(set(self.sims))
        elif isinstance(what, frozenset):
            self.sweep(what)
            assert len(self.decider.claimed) == len(self.recount()), "before any pass"
            self.look_at(set(self.sims))

    def sweep(self, shown: frozenset[Iccid]) -> None:
        """A believed sweep."""
        new = shown - self.state.sightings.keys()
        for iccid in shown:
            self.state.sight(Sighting(observed(iccid), TICK))
        self.state.listed = shown
        self.decider.claimed.appeared(new)

    def look_at(self, sims: set[Key]) -> None:
        """What a pass does with each of them."""
        for sim in sims:
            record = self.sims.get(sim)
            if record is None or self.roster.assignment(sim) != ACCOUNT:
                self.decider.forget(sim)
            else:
                self.decider.plan(record, AccountView(ACCOUNT), now=NOW, tick=TICK)

    def recount(self) -> set[str]:
        """The uids of the claimed SIMs, by a walk through the account."""
        return {
            self.sims[sim].meta.uid + sim.name
            for sim in self.roster.members[ACCOUNT]
            if self.roster.iccid(sim) in self.state.sightings and self.roster.holds(sim)
        }


@given(st.lists(STEPS, max_size=30))
def test_the_count_equals_a_recount_after_any_history(history: list[object]) -> None:
    fleet = Fleet()
    for what in history:
        fleet.step(what)
        assert len(fleet.decider.claimed) == len(fleet.recount())


def test_uids_of_no_claimed_sim_are_counted_apart() -> None:
    fleet = Fleet()
    fleet.step(sim_record(KEYS[0], iccid=CARDS[0], uid="one"))
    fleet.step(frozenset(CARDS))
    assert fleet.decider.claimed.without({"one", "gone", "gone too"}) == 2
    assert fleet.decider.claimed.without(()) == 0
