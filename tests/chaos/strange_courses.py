"""Steps in any order, and with any value that the schemas know."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st

from tests.chaos.strange_hand import PLURALS
from tests.chaos.strange_schema import Given, fitting, refused, spec_schema, status_schema
from tests.chaos.strange_steps import (
    CARDS,
    ENDPOINT,
    NAMES,
    PLACES,
    UNKNOWN_CARDS,
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
from tests.integration.world import Json

_places = st.sampled_from(["", *PLACES])
_LABEL_VALUE = st.sampled_from(["gold", "iron", "", "x" * 63])


def _weighed(*choices: tuple[int, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """One of them, so many times out of all; `one_of` would take each branch of each as often."""
    line = [of for weight, of in choices for _ in range(weight)]
    return st.integers(0, len(line) - 1).flatmap(line.__getitem__)


def _labels() -> st.SearchStrategy[dict[str, str]]:
    few = st.dictionaries(st.sampled_from(["tier", "fleet"]), _LABEL_VALUE, max_size=2)
    many = {f"example.com/{number}": "v" * 63 for number in range(60)}
    return _weighed((8, few), (1, st.just(many)))


def _iccids() -> st.SearchStrategy[Any]:
    """Stands for cards by their place: a number, negative for its 20 digits; or an ICCID."""
    known = st.integers(0, 2 * CARDS - 1)
    twenty = known.map(lambda place: -1 - place)
    unknown = st.sampled_from(UNKNOWN_CARDS)
    return _weighed((6, st.integers(0, 2)), (6, known), (2, twenty), (1, unknown))


_TEAMS = st.sampled_from([None, "a", "b"])
_GIVEN: Final[Mapping[str, Given]] = {
    "SIM": {
        "iccid": _iccids(),
        "accountRef": st.sampled_from(
            [
                *[{"name": "default", "namespace": ""}] * 4,
                *[{"name": "second", "namespace": ""}] * 4,
                {"name": "default"},
                {"name": "default", "namespace": "-two"},
                {"name": "second", "namespace": "-two"},
                {"name": "nowhere"},
                {"name": "default", "namespace": "an-unknown-namespace"},
            ]
        ),
    },
    "SIMAccount": {
        "endpoint": st.sampled_from([ENDPOINT] * 8 + ["https://api.1nce.com/management-api"]),
        "credentialsSecretRef.name": st.sampled_from(["a", "a", "a", "b", "b", "bad", "missing"]),
        "caBundleConfigMapRef.name": st.just("no-such-bundle"),
        # A long interval would have the test wait for its next sweep.
        "sync": st.sampled_from(
            [
                {"interval": "1s", "detailInterval": "0s"},
                {"interval": "1500ms", "detailInterval": "2s"},
                {"interval": "1.0s", "detailInterval": "168h"},
                {"interval": "1000000us"},
            ]
        ),
        "rateLimit.requestsPerSecond": st.integers(5, 10),
        "protection.maxDisablesPerHour": st.sampled_from([1000, 1000, 1000, 0, "0%", "100%", 1]),
        "protection.maxMissing": st.just("10%"),
        "allowedNamespaces": st.sampled_from(
            [
                {},
                {"from": "Same"},
                {"from": "All"},
                {"from": "All"},
                {"from": "Selector", "selector": {"matchLabels": {"team": "b"}}},
                {"from": "Selector", "selector": {}},
                {
                    "from": "Selector",
                    "selector": {"matchExpressions": [{"key": "team", "operator": "Exists"}]},
                },
            ]
        ),
    },
    "QuotaPolicy": {
        "selector": st.sampled_from(
            [
                {},
                {"matchLabels": {"tier": "gold"}},
                {"matchLabels": {"tier": "iron", "fleet": "gold"}},
                {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["gold"]}]},
                {"matchExpressions": [{"key": "fleet", "operator": "DoesNotExist"}]},
            ]
        ),
        "data.perSIM": st.sampled_from(["40Mi", "40Mi", "400Gi", 0, 1, "999999999999.999999Ti"]),
        "data.pool": st.sampled_from(["10Gi", "400Gi"]),
        "sms": st.sampled_from([{"perSIM": 5000}, {"pool": 2**53 - 1}]),
        "timeZone": st.sampled_from(["Etc/UTC", "Europe/Berlin", "Pacific/Kiritimati", "Mars/X"]),
        "warnAtPercent": st.lists(st.integers(1, 100), max_size=8, unique=True).map(sorted),
        "maxDisabled": st.sampled_from(["100%", "100%", "10%", 0, 1, "0%", 2**31]),
    },
}


def specs(kind: str) -> st.SearchStrategy[Json]:
    """Specs of a kind, from its schema."""
    return fitting(spec_schema(PLURALS[kind]), _GIVEN[kind])


def _named(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from(NAMES[kind])


def puts(kind: str) -> st.SearchStrategy[Put]:
    """A resource, as it may be; now and then one that is refused."""
    spec = specs(kind)
    if kind == "QuotaPolicy":
        # Without a limit it is refused, which is soon known.
        spec = spec.map(lambda of: of if "sms" in of or of.get("data") else {**of, **_DATA})
    maybe = _weighed((9, spec), (1, spec.flatmap(refused)))
    return st.builds(Put, st.just(kind), _places, _named(kind), maybe, _labels())


_DATA: Final = {"data": {"perSIM": "40Mi"}}


def _any(kind: str) -> tuple[st.SearchStrategy[Any], ...]:
    return st.just(kind), st.integers(0, 20)


def _annotations() -> st.SearchStrategy[Annotate]:
    garbage = st.one_of(
        st.none(),
        st.sampled_from(["", "now", "x" * 3000, "ü" * 300, "2026-11-15T12:00:00Z", "\n\t", "{}"]),
    )
    of_sims = st.sampled_from(["reconcile-requested-at", "release-hold", "unknown"])
    of_accounts = st.sampled_from(["accept-sweep", "reconcile-requested-at"])
    return st.one_of(
        st.builds(Annotate, *_any("SIM"), of_sims, garbage),
        st.builds(Annotate, *_any("SIM"), of_sims, garbage),
        st.builds(Annotate, *_any("SIMAccount"), of_accounts, garbage),
    )


def _tampering(tampered: Sequence[str]) -> st.SearchStrategy[Tamper]:
    kinds = []
    for kind in tampered:
        status = fitting(status_schema(PLURALS[kind]), _UNTOUCHED[kind])
        kinds.append(st.builds(Tamper, *_any(kind), status))
    return st.one_of(*kinds)


# A hold is the operator's own record of who switched a SIM off, and a reservation that of its
# budget: with others in their place it does other things, and is right to.
_UNTOUCHED: Final[Mapping[str, Given]] = {
    "SIM": {"policy": st.none()},
    "SIMAccount": {"protection": st.none()},
    "QuotaPolicy": {},
}


def _portal() -> st.SearchStrategy[Portal]:
    change = st.one_of(
        st.fixed_dictionaries({"status": st.sampled_from(["Enabled", "Disabled"])}),
        st.fixed_dictionaries({"label": st.sampled_from(["by hand", "", "ü" * 128])}),
        st.fixed_dictionaries({"imei_lock": st.booleans()}),
        st.fixed_dictionaries({"use_data_mb": st.just(41)}),
        st.fixed_dictionaries({"expired": st.booleans()}),
    )
    return st.builds(Portal, st.integers(0, 2 * CARDS - 1), change)


def steps(*, patient: bool) -> st.SearchStrategy[Step]:
    """One step, SIMs more often than anything else.

    `patient`: there is time to wait for the status of a policy, which is written once a minute.
    """
    tampered = NAMES if patient else ("SIM", "SIMAccount")
    card, customer = st.integers(0, 2 * CARDS - 1), st.sampled_from(["a", "b"])
    holds = _weighed((2, st.just("its own")), (1, st.sampled_from(["wrong", "none"])))
    return _weighed(
        (30, puts("SIM")),
        (4, puts("SIMAccount")),
        (6, puts("QuotaPolicy")),
        (6, st.builds(Delete, *_any("SIM"))),
        (1, st.builds(Delete, *_any("SIMAccount"))),
        (2, st.builds(Delete, *_any("QuotaPolicy"))),
        (4, _annotations()),
        (4, _tampering(tuple(tampered))),
        (8, _portal()),
        (3, st.builds(Move, card, st.booleans(), st.sampled_from([403, 404]))),
        (2, st.builds(Credentials, _places, customer, holds)),
        (2, st.builds(Wait, st.sampled_from([60, 3_700, 90_000, 2_700_000]))),
        (2, st.builds(Team, _places, _TEAMS)),
    )


def _account(name: str, secret: str, allowed: str) -> Put:
    spec = {
        "endpoint": ENDPOINT,
        "credentialsSecretRef": {"name": secret},
        "sync": {"interval": "1s", "detailInterval": "0s"},
        "protection": {"maxDisablesPerHour": 1000},
        "allowedNamespaces": {"from": allowed},
    }
    return Put("SIMAccount", "", name, spec, {})


GOOD_ACCOUNTS: Final = (_account("default", "a", "All"), _account("second", "b", "Same"))


def sequences(length: int, *, patient: bool) -> st.SearchStrategy[list[Step]]:
    """A course of events that begins with good accounts, so that something can happen."""
    return st.lists(steps(patient=patient), min_size=length, max_size=length).map(
        lambda of: [*GOOD_ACCOUNTS, *of]
    )
