"""What an uninstall is told."""

from collections import Counter

from sim_operator.domain.resources import Key
from sim_operator.installing.uninstall import Remains, farewell, refusal


def sims(count: int) -> tuple[Key, ...]:
    return tuple(Key("plant-a", f"pump-{number:02}") for number in range(count))


def test_of_many_sims_the_first_ten_are_named_and_the_rest_counted() -> None:
    told = refusal(Remains(waiting_sims=sims(12)))
    assert told.startswith("12 SIMs would be stuck for good")
    assert "plant-a/pump-09" in told
    assert "pump-10" not in told
    assert "and 2 more" in told
    assert told.count("kubectl patch sims") == 10
    assert told.count("kubectl delete sims") == 10
    assert told.endswith("Then uninstall again.")


def test_an_account_that_waits_for_nothing_speaks_of_the_operator() -> None:
    remains = Remains(waiting_accounts=(Key("plant-a", "default"),))
    assert remains.blocks
    told = refusal(remains)
    assert told.startswith("1 SIMAccount would be stuck")
    assert "the operator should take it off: see whether it runs" in told
    assert "kubectl patch" not in told


def test_what_goes_is_counted_and_what_stays_off_is_told() -> None:
    counts = Counter({"SIM": 1, "SIMAccount": 2, "QuotaPolicy": 3})
    assert farewell(Remains(counts)) == (
        "With the CustomResourceDefinitions go: 1 SIM, 2 SIMAccounts, 3 QuotaPolicies. Nothing "
        "waits for the operator. The SIMs stay as they are at 1NCE."
    )
    assert "\n2 SIMs that a QuotaPolicy keeps off" in farewell(Remains(counts, kept_off=2))
    assert farewell(Remains(Counter({"SIM": 0}))) == (
        "There are no SIMs, SIMAccounts or QuotaPolicies."
    )
