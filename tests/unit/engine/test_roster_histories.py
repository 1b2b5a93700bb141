"""What the roster keeps in step with each change, beside a count from scratch."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.names import DISABLE_FINALIZER
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.states import DeletionPolicy
from sim_operator.engine.claimants import Claimants
from sim_operator.engine.roster import Roster, is_adopted
from sim_operator.planning import claims
from tests.unit.specimens import ACCOUNT, account_record, sim_record

OTHER = Key("sim-operator", "other")
KEYS = [Key(f"plant-{letter}", f"pump-{number}") for letter in "ab" for number in range(3)]
CARDS = [Iccid(f"898830300000000000{digit}") for digit in range(3)]
DELETED = "2026-11-23T12:00:00Z"

RECORDS = st.builds(
    sim_record,
    st.sampled_from(KEYS),
    iccid=st.sampled_from([*CARDS, "no card"]),
    account=st.sampled_from([ACCOUNT, OTHER, Key("nowhere", "at-all")]),
    created_at=st.sampled_from(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]),
    deleted_at=st.sampled_from([None, None, DELETED]),
    spec=st.fixed_dictionaries({"deletion": st.sampled_from(DeletionPolicy)}),
    finalizers=st.sampled_from([(), (DISABLE_FINALIZER,)]),
    status=st.sampled_from([{}, {"iccid": CARDS[0]}]),
)
STEPS = st.one_of(
    RECORDS,
    st.sampled_from(KEYS),
    st.tuples(st.sampled_from([ACCOUNT, OTHER]), st.none() | st.frozensets(st.sampled_from(CARDS))),
)


class Contest:
    """Resources that come, change and go, under accounts whose lists change."""

    def __init__(self) -> None:
        self.sims: dict[Key, SimRecord] = {}
        everybody = {"allowedNamespaces": {"from": "All"}}
        self.accounts: dict[Key, AccountRecord] = {
            key: account_record(key, spec=everybody) for key in (ACCOUNT, OTHER)
        }
        self.listed: dict[Key, frozenset[Iccid] | None] = dict.fromkeys((ACCOUNT, OTHER))
        self.present: dict[Iccid, Key] = {}
        self.roster = Roster(
            self.sims,
            self.accounts,
            default_account=ACCOUNT,
            labels_of=lambda _: {},
            lists=self._lists,
        )

    def _lists(self, account: Key, iccid: Iccid) -> bool | None:
        listed = self.listed[account]
        return None if listed is None else iccid in listed

    def step(self, what: object) -> set[Key]:
        """Do one thing; the SIMs that the roster wants decided anew."""
        if isinstance(what, SimRecord):
            self.sims[what.meta.key] = what
            return self.roster.refresh(what.meta.key)
        if isinstance(what, Key):
            return self.roster.refresh(what) if self.sims.pop(what, None) else set()
        assert isinstance(what, tuple)
        account, listed = what
        self.listed[account] = listed
        return set(self.sims)

    def naming(self, iccid: Iccid) -> Iterable[SimRecord]:
        """Every resource that names an ICCID."""
        return [one for one in self.sims.values() if one.spec.iccid == iccid]

    def recount(self, iccid: Iccid) -> Key | None:
        """Who holds it, from all that compete and who held it before."""
        naming = self.naming(iccid)
        adopted = [(one.meta.created_at, one.meta.key) for one in naming if is_adopted(one)]
        shown = min(adopted)[1] if adopted else None
        held = self.present.get(iccid)
        present = held if held in {one.meta.key for one in naming} else shown
        able = []
        for one in naming:
            account = self.roster.assignment(one.meta.key)
            if isinstance(account, Key):
                listed = self._lists(account, iccid)
                if listed or (listed is None and one.meta.key == present):
                    deleting = one.meta.deleted_at is not None
                    able.append(claims.Claimant(one.meta.key, one.meta.created_at, deleting))
        chosen = claims.holder(able, present)
        self.present.pop(iccid, None)
        if chosen is not None:
            self.present[iccid] = chosen
        return chosen


@given(st.lists(STEPS, max_size=25))
def test_holders_are_those_of_a_contest_held_anew_after_each_change(
    history: list[object],
) -> None:
    contest = Contest()
    for what in history:
        contest.step(what)
        for iccid in CARDS:
            assert contest.roster.holder(iccid) == contest.recount(iccid)


@given(st.lists(STEPS, max_size=25))
def test_whoever_comes_to_hold_or_not_to_hold_its_sim_is_decided_anew(
    history: list[object],
) -> None:
    contest = Contest()
    for what in history:
        before = {sim: contest.roster.holds(sim) for sim in contest.sims}
        touched = contest.step(what)
        after = {sim: contest.roster.holds(sim) for sim in contest.sims}
        moved = {sim for sim in after if before.get(sim) != after[sim]}
        assert moved <= touched


@given(st.lists(STEPS, max_size=25))
def test_an_account_is_needed_as_long_as_a_sim_of_it_may_be_disabled_before_it_goes(
    history: list[object],
) -> None:
    contest = Contest()
    for what in history:
        contest.step(what)
        for account in (ACCOUNT, OTHER):
            recounted = any(
                DISABLE_FINALIZER in sim.meta.finalizers
                or (sim.spec.deletion is DeletionPolicy.DISABLE and not sim.meta.deleted_at)
                for key, sim in contest.sims.items()
                if contest.roster.assignment(key) == account
            )
            assert contest.roster.is_needed(account) == recounted


@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(CARDS), st.sampled_from(KEYS)), max_size=40)
)
def test_claimants_are_those_that_came_and_did_not_go(
    history: list[tuple[bool, Iccid, Key]],
) -> None:
    claimants, plain = Claimants(), {iccid: set[Key]() for iccid in CARDS}
    for comes, iccid, sim in history:
        if comes:
            claimants.add(iccid, sim)
            plain[iccid].add(sim)
        else:
            claimants.discard(iccid, sim)
            plain[iccid].discard(sim)
        assert {one: set(claimants.of(one)) for one in CARDS} == plain
