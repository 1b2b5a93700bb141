"""What an answer of the API server means to `apply`, and how long it waits."""

import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sim_operator.api.names import ACCOUNT_KIND
from sim_operator.domain.resources import Key
from sim_operator.installing.applying import Applier, NotAppliedError, Outcome, outcome
from sim_operator.installing.manifests import Manifest
from sim_operator.installing.obstacles import RIGHTS_GRACE, obstacle
from sim_operator.installing.patience import Patience, Progress
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.kinds import KINDS
from tests.unit.kube.scripted_api import ScriptedApi, connected, serving, write_kubeconfig

KIND, KEY = KINDS[ACCOUNT_KIND], Key("plant-a", "default")
BODY = {"metadata": {"namespace": "plant-a", "name": "default"}, "spec": {"mode": "Active"}}
FORBIDDEN = 'simaccounts is forbidden: User "x" cannot patch resource "simaccounts"'
TERMINATING = 'namespace "plant-a" is forbidden: because it is being terminated'


@pytest.mark.parametrize(
    ("status", "message", "patience", "advice", "because"),
    [
        (None, "the API server cannot be reached", math.inf, "does not answer", "it starts"),
        (429, "too many requests", math.inf, "does not answer", "it is busy"),
        (500, "etcdserver: leader changed", math.inf, "does not answer", "etcd elects"),
        (503, "the server is shutting down", math.inf, "does not answer", "it restarts"),
        (504, "timeout", math.inf, "does not answer", "it is slow"),
        (409, "the object has been modified", math.inf, "does not answer", "somebody was faster"),
        (404, "no message", math.inf, "CustomResourceDefinition", "the CRD was made just now"),
        (404, 'namespaces "plant-a" not found', 0, "kubectl create namespace", "nobody makes it"),
        (403, FORBIDDEN, RIGHTS_GRACE, "in a Role", "the Role was made just now"),
        (403, TERMINATING, 0, "make it anew", "it only ends"),
        (500, "failed to create typed patch object (a): .x", 0, "Correct", "it is no failure"),
        (422, "spec.mode: Unsupported value", 0, "Correct", "it is wrong"),
        (400, "metadata.managedFields must be nil", 0, "Correct", "it is wrong"),
    ],
)
def test_what_passes_is_waited_for_and_what_does_not_is_not(
    status: int | None, message: str, patience: float, advice: str, because: str
) -> None:
    found = obstacle(ApiError(message, status=status), KIND, KEY)
    assert found.patience == patience, because
    assert advice in found.advice


@pytest.mark.parametrize(
    ("before", "status", "after", "expected", "because"),
    [
        (None, 201, {}, Outcome.CREATED, "there was none"),
        ({}, 201, {}, Outcome.CREATED, "it was deleted between look and apply"),
        (None, 200, {}, Outcome.CONFIGURED, "somebody made it between look and apply"),
        ({}, 200, {}, Outcome.UNCHANGED, "nothing differs"),
        ({}, 200, {"status": {"a": 1}}, Outcome.UNCHANGED, "only the operator wrote"),
        ({}, 200, {"spec": {"mode": "Paused"}}, Outcome.CONFIGURED, "the spec differs"),
        ({}, 200, {"labels": {"a": "b"}}, Outcome.CONFIGURED, "a label differs"),
    ],
)
def test_the_outcome_is_what_changed_of_what_people_want(
    before: Mapping[str, Any] | None,
    status: int,
    after: Mapping[str, Any],
    expected: Outcome,
    because: str,
) -> None:
    def body(version: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        metadata = {"resourceVersion": version, "labels": changes.get("labels")}
        return {"metadata": metadata, "spec": {"mode": "Active"}} | {
            name: value for name, value in changes.items() if name != "labels"
        }

    present = None if before is None else body("1", before)
    assert outcome(present, Answer(status, body("2", after))) == expected, because


@asynccontextmanager
async def applier(
    scripted: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> AsyncIterator[tuple[Applier, list[str]]]:
    said: list[str] = []
    async with serving(scripted) as url:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url, {})
        async with connected(monkeypatch, str(kubeconfig)) as api:
            patience = Patience(seconds)
            yield Applier(api, "chart", patience, Progress(patience, said.append)), said


async def test_an_api_server_that_fails_and_asks_for_a_pause_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    scripted.fail(503)
    scripted.fail(429, Retry_After="0")
    async with applier(scripted, tmp_path, monkeypatch, 20) as (made, said):
        assert await made.apply(Manifest(KIND, KEY, BODY)) is Outcome.UNCHANGED
    assert [method for method, _ in scripted.requests] == ["GET", "GET", "GET", "PATCH"]
    assert scripted.headers[-1]["Content-Type"] == "application/apply-patch+yaml"
    assert ["scripted 503" in said[0], "scripted 429" in said[1], len(said)] == [True, True, 2]


async def test_when_time_is_up_the_last_obstacle_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    for _ in range(20):
        scripted.fail(503)
    async with applier(scripted, tmp_path, monkeypatch, 0.5) as (made, said):
        with pytest.raises(NotAppliedError) as given_up:
            await made.apply(Manifest(KIND, KEY, BODY))
    assert str(given_up.value).startswith(
        "SIMAccount plant-a/default was not applied within 0.5 s: the API server answered 503"
    )
    assert len(said) == 1, "the same reason is not said twice in a moment"
