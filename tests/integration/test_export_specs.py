"""Whatever the schema allows is exported so that the API server makes the same of it again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from sim_operator.exporting.manifest import manifest
from sim_operator.exporting.yaml_text import documents
from tests.chaos.strange_hand import PLURALS, Hand
from tests.chaos.strange_schema import Given, fitting, spec_schema
from tests.cluster import Cluster, kubectl
from tests.integration.world import Json

pytestmark = pytest.mark.cluster

_EXAMPLES: Final = 10
_AT_ONCE: Final = 8
_TRICKY: Final = ("y", "No", "1e3", "0x1f", "012", "~", "null", "1_000", "12:30:45", ".5", "ok", "")
# Most of what their patterns draw is refused for its length.
_TIMES: Final = st.sampled_from(["5m", "1h", "90s", "1h30m"])
_ENDPOINTS: Final = st.sampled_from(
    ["https://api.1nce.com/management-api", "http://127.0.0.1:8089/management-api"]
)
_GIVEN: Final[Given] = {
    "endpoint": _ENDPOINTS,
    "sync.interval": _TIMES,
    "sync.detailInterval": _TIMES,
    "iccid": st.from_regex(r"\A[0-9]{19}\Z"),
    "label": st.one_of(
        st.sampled_from([one for one in _TRICKY if one]),
        st.text(
            st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40
        ),
    ),
}
_TEXTS: Final = st.dictionaries(
    st.sampled_from(["rack", "note", "plant.example/line"]), st.sampled_from(_TRICKY), max_size=3
)
_LABELS: Final = st.dictionaries(
    st.sampled_from(["rack", "fleet", "plant.example/line"]),
    st.sampled_from(["y", "No", "1e3", "0x1f", "012", "null", "1_000", "ok", ""]),
    max_size=3,
)


@pytest.fixture(scope="module")
def hand(cluster: Cluster, crds: tuple[Path, ...]) -> Iterator[Hand]:
    made = Hand(cluster.kubeconfig)
    yield made
    made.close()


def _taken(hand: Hand, body: Json) -> Json | None:
    """What the API server makes of an object, without keeping it; None where it is refused."""
    path = f"{hand._path(body)}?dryRun=All"
    status, found = hand._ask("POST", path, body)
    return found if status == 201 else None


@st.composite
def _bodies(draw: st.DrawFn, kind: str) -> list[Json]:
    spec = fitting(spec_schema(PLURALS[kind]), _GIVEN)
    return [
        {
            "apiVersion": "sim-operator.io/v1alpha1",
            "kind": kind,
            "metadata": {
                "name": f"one-{number}",
                "namespace": "default",
                "labels": draw(_LABELS),
                "annotations": draw(_TEXTS),
            },
            "spec": draw(spec),
        }
        for number in range(_AT_ONCE)
    ]


@pytest.mark.parametrize("kind", sorted(PLURALS))
def test_what_was_exported_and_applied_has_the_spec_that_it_had(
    cluster: Cluster, hand: Hand, kind: str
) -> None:
    tried: list[int] = []

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_bodies(kind))
    def applied(bodies: list[Json]) -> None:
        stored = [one for body in bodies if (one := _taken(hand, body)) is not None]
        assume(stored)
        text = documents([manifest(kind, one) for one in stored])
        answer = kubectl(
            cluster.kubeconfig,
            *("create", "--dry-run=server", "-o", "json", "-f", "-"),
            stdin=text,
        )
        again = list(_items(answer))
        assert [one["spec"] for one in again] == [one["spec"] for one in stored]
        assert [_texts(one) for one in again] == [_texts(one) for one in stored]
        assert documents([manifest(kind, one) for one in again]) == text
        tried.append(len(stored))

    applied()
    assert sum(tried) > _AT_ONCE, "the API server refused nearly everything"


def _items(answer: str) -> Iterator[Json]:
    """The objects that kubectl prints one after the other."""
    decoder, text = json.JSONDecoder(), answer.strip()
    while text:
        found, end = decoder.raw_decode(text)
        yield found
        text = text[end:].lstrip()


def _texts(one: Json) -> tuple[Any, Any]:
    metadata = one["metadata"]
    return metadata.get("labels") or {}, metadata.get("annotations") or {}
