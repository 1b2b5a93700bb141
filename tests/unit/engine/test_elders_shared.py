"""Two accounts of one customer in different hands: the statuses tell."""

from typing import cast

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account import AccountLoop
from sim_operator.engine.elders import OlderAccounts
from sim_operator.planning.sketch import sketch
from tests.unit.engine.hands import SomeHands
from tests.unit.specimens import account_record

ELDER, OWN = Key("plant-a", "elder"), Key("plant-b", "own")
SIMS = frozenset(Iccid(f"89883030001234567{number:02}") for number in range(40))
OTHERS = frozenset(Iccid(f"89883030009876543{number:02}") for number in range(40))


def told(sims: frozenset[Iccid]) -> dict[str, object]:
    picture = sketch(sims)
    return {
        "conditions": [],
        "protection": {"believedCount": picture.count, "believedSketch": picture.encode()},
    }


def elders(status: object, hands: SomeHands) -> OlderAccounts:
    accounts: dict[Key, AccountRecord] = {
        ELDER: account_record(ELDER, created_at="2026-01-01T00:00:00Z", status=status),
        OWN: account_record(OWN, created_at="2026-02-01T00:00:00Z"),
    }
    return OlderAccounts(accounts, cast("dict[Key, AccountLoop]", {}), hands)


def test_an_elder_elsewhere_that_remembers_one_of_our_sims_is_found() -> None:
    some = frozenset(sorted(SIMS)[:1])
    assert elders(told(SIMS), SomeHands({OWN})).overlapping(OWN, some | OTHERS) == ELDER


def test_an_elder_elsewhere_with_other_sims_is_none() -> None:
    assert elders(told(SIMS), SomeHands({OWN})).overlapping(OWN, OTHERS) is None


def test_an_elder_that_was_never_swept_shows_nothing() -> None:
    assert elders({"conditions": []}, SomeHands({OWN})).overlapping(OWN, SIMS) is None


def test_an_elder_elsewhere_is_waited_for_until_its_status_begins() -> None:
    assert elders({}, SomeHands({OWN})).pending(OWN)
    assert not elders(told(SIMS), SomeHands({OWN})).pending(OWN)
    assert not elders({}, SomeHands({OWN})).pending(ELDER)
