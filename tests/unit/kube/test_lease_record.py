"""What a Lease says of its holder's address."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sim_operator.kube.lease_record import ADDRESS, body_of, held_by, read_lease, released

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SPEC = held_by("me", 15, None, NOW)


def lease(annotations: Any) -> dict[str, Any]:
    return {"metadata": {"name": "sim-operator", "annotations": annotations}, "spec": SPEC}


def test_the_address_stands_in_an_annotation_among_those_of_others() -> None:
    body = body_of(
        "sim-operator", lease({"team": "iot", ADDRESS: "10.0.0.1:1"}), SPEC, "10.0.0.7:1"
    )
    assert body["metadata"]["annotations"] == {"team": "iot", ADDRESS: "10.0.0.7:1"}
    assert read_lease(body).address == "10.0.0.7:1"


def test_whoever_tells_no_address_removes_that_of_the_holder_before() -> None:
    body = body_of(
        "sim-operator", lease({ADDRESS: "10.0.0.1:1"}), released(read_lease(lease({})), NOW)
    )
    assert "annotations" not in body["metadata"]
    assert read_lease(body).address is None


@pytest.mark.parametrize(
    "annotations", [None, {}, {ADDRESS: None}, {ADDRESS: ""}, {ADDRESS: "evil.example:80"}]
)
def test_what_is_no_address_is_none(annotations: Any) -> None:
    assert read_lease(lease(annotations)).address is None


def test_another_address_alone_does_not_make_another_record() -> None:
    first, second = lease({ADDRESS: "10.0.0.1:1"}), lease({ADDRESS: "10.0.0.2:1"})
    assert read_lease(first) == read_lease(second)
    assert read_lease(first).address != read_lease(second).address
