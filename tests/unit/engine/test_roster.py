"""Which account acts for which SIM resource, and which resource holds which SIM."""

from collections.abc import Mapping
from typing import Any

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.engine.roster import Roster
from sim_operator.planning.tenancy import Refusal
from tests.unit.specimens import ACCOUNT, ICCID, account_record, sim_record

OTHER = Key("sim-operator", "other")
OLD, YOUNG = Key("plant-b", "old"), Key("plant-a", "young")
AGES = {OLD: "2026-01-01T00:00:00Z", YOUNG: "2026-02-01T00:00:00Z"}
SHOWN = {"iccid": ICCID}


class Cluster:
    """The resources of a cluster and what each account lists; changed by the tests."""

    def __init__(self, *sims: SimRecord, default: Key | None = ACCOUNT) -> None:
        self.sims = {sim.meta.key: sim for sim in sims}
        everybody = {"allowedNamespaces": {"from": "All"}}
        self.accounts: dict[Key, AccountRecord] = {
            key: account_record(key, spec=everybody) for key in (ACCOUNT, OTHER)
        }
        self.listed: dict[Key, set[Iccid] | None] = {ACCOUNT: {ICCID}, OTHER: set()}
        self.roster = Roster(
            self.sims,
            self.accounts,
            default_account=default,
            labels_of=self._labels,
            lists=self._lists,
        )
        for key in self.sims:
            self.roster.refresh(key)

    def _labels(self, namespace: str) -> Mapping[str, str] | None:
        return {}

    def _lists(self, account: Key, iccid: Iccid) -> bool | None:
        listed = self.listed[account]
        return None if listed is None else iccid in listed

    def put(self, sim: SimRecord) -> set[Key]:
        self.sims[sim.meta.key] = sim
        return self.roster.refresh(sim.meta.key)

    def drop(self, sim: Key) -> set[Key]:
        del self.sims[sim]
        return self.roster.refresh(sim)

    def holders(self) -> set[Key]:
        return {key for key in self.sims if self.roster.holds(key)}


def claim(key: Key, **changes: Any) -> SimRecord:
    return sim_record(key, created_at=AGES[key], **changes)


def test_a_sim_is_a_member_of_the_account_that_acts_for_it() -> None:
    cluster = Cluster(claim(OLD))
    assert cluster.roster.assignment(OLD) == ACCOUNT
    assert cluster.roster.members[ACCOUNT] == {OLD}


def test_a_sim_that_changes_its_account_leaves_the_old_one() -> None:
    cluster = Cluster(claim(OLD))
    cluster.put(claim(OLD, account=OTHER))
    assert cluster.roster.members[ACCOUNT] == set()
    assert cluster.roster.members[OTHER] == {OLD}


def test_a_sim_without_an_account_is_refused() -> None:
    cluster = Cluster(claim(OLD, account=None), default=None)
    assert isinstance(cluster.roster.assignment(OLD), Refusal)


def test_a_resource_that_is_gone_leaves_nothing_behind() -> None:
    cluster = Cluster(claim(OLD))
    cluster.drop(OLD)
    assert cluster.roster.assignment(OLD) is None
    assert cluster.roster.iccid(OLD) is None
    assert set(cluster.roster.claimants(ICCID)) == set()
    assert cluster.roster.members[ACCOUNT] == set()


def test_the_older_of_two_resources_holds_the_sim() -> None:
    assert Cluster(claim(YOUNG), claim(OLD)).holders() == {OLD}


def test_both_forms_of_an_iccid_name_one_sim() -> None:
    assert Cluster(claim(YOUNG, iccid=f"{ICCID}4"), claim(OLD)).holders() == {OLD}


def test_an_older_resource_does_not_take_the_sim_from_its_holder() -> None:
    cluster = Cluster(claim(YOUNG))
    assert cluster.holders() == {YOUNG}
    assert cluster.put(claim(OLD)) == {OLD}, "for the holder nothing has changed"
    assert cluster.holders() == {YOUNG}


def test_one_that_was_created_again_under_the_same_name_inherits_no_sim() -> None:
    cluster = Cluster(claim(YOUNG))
    assert cluster.holders() == {YOUNG}
    cluster.put(claim(OLD))
    assert cluster.put(claim(YOUNG, uid="created-again")) == {OLD, YOUNG}
    assert cluster.holders() == {OLD}


def test_the_holder_is_known_again_after_a_restart_by_what_its_status_shows() -> None:
    assert Cluster(claim(YOUNG, status=SHOWN), claim(OLD)).holders() == {YOUNG}


def test_of_two_statuses_that_show_the_sim_the_older_resource_holds_it() -> None:
    cluster = Cluster(claim(YOUNG, status=SHOWN), claim(OLD, status=SHOWN))
    assert cluster.holders() == {OLD}


def test_the_next_takes_over_when_the_holder_goes() -> None:
    cluster = Cluster(claim(YOUNG), claim(OLD))
    assert cluster.holders() == {OLD}
    assert cluster.drop(OLD) == {OLD, YOUNG}
    assert cluster.holders() == {YOUNG}


def test_the_next_takes_over_when_the_holder_is_being_deleted() -> None:
    cluster = Cluster(claim(YOUNG), claim(OLD))
    assert cluster.holders() == {OLD}
    cluster.put(claim(OLD, deleted_at="2026-11-23T12:00:00Z"))
    assert cluster.holders() == {YOUNG}


def test_the_next_takes_over_when_the_holder_is_not_allowed_any_more() -> None:
    cluster = Cluster(claim(YOUNG), claim(OLD))
    assert cluster.holders() == {OLD}
    cluster.put(claim(OLD, account=Key("sim-operator", "gone")))
    assert isinstance(cluster.roster.assignment(OLD), Refusal)
    assert cluster.roster.holder(ICCID) == YOUNG


def test_a_resource_whose_account_does_not_list_the_sim_does_not_compete() -> None:
    assert Cluster(claim(OLD, account=OTHER), claim(YOUNG)).holders() == {YOUNG}


def test_the_holder_keeps_the_sim_while_its_account_was_not_swept_since_a_start() -> None:
    cluster = Cluster(claim(YOUNG, status=SHOWN), claim(OLD, account=OTHER))
    cluster.listed = {ACCOUNT: None, OTHER: {ICCID}}
    assert cluster.roster.holder(ICCID) == YOUNG


def test_a_sim_that_moved_to_another_account_is_held_there() -> None:
    cluster = Cluster(claim(YOUNG), claim(OLD, account=OTHER))
    assert cluster.roster.holder(ICCID) == YOUNG
    cluster.listed = {ACCOUNT: set(), OTHER: {ICCID}}
    assert cluster.roster.holder(ICCID) == OLD


def test_a_sim_that_no_account_lists_is_looked_for_by_all_who_name_it() -> None:
    cluster = Cluster(claim(YOUNG), claim(OLD))
    cluster.listed[ACCOUNT] = set()
    assert cluster.roster.holder(ICCID) is None
    assert cluster.holders() == {OLD, YOUNG}


def test_an_invalid_iccid_claims_nothing() -> None:
    cluster = Cluster(claim(OLD, iccid="12345"), claim(YOUNG))
    assert cluster.roster.iccid(OLD) is None
    assert cluster.roster.holder(ICCID) == YOUNG


def test_a_resource_made_anew_with_an_invalid_iccid_gives_its_sim_up() -> None:
    cluster = Cluster(claim(OLD), claim(YOUNG))
    assert cluster.holders() == {OLD}
    assert cluster.put(claim(OLD, iccid="12345", uid="another")) == {OLD, YOUNG}
    assert cluster.roster.iccid(OLD) is None
    assert cluster.roster.holder(ICCID) == YOUNG


def test_a_resource_made_anew_for_another_sim_gives_the_first_up() -> None:
    cluster = Cluster(claim(OLD), claim(YOUNG))
    assert cluster.holders() == {OLD}
    cluster.put(claim(OLD, iccid="8988303000000000001", uid="another"))
    assert cluster.roster.holder(ICCID) == YOUNG
    assert set(cluster.roster.claimants(ICCID)) == {YOUNG}
