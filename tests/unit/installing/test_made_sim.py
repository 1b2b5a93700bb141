"""A SIM resource that a check makes goes again, whatever happens."""

import asyncio
from pathlib import Path

import pytest

from sim_operator.api.sim import SimSpec
from sim_operator.domain.resources import Key
from sim_operator.installing.checks import Verdict
from sim_operator.installing.made_sim import NotMadeError, made_sim, manifest, new_key
from sim_operator.installing.patience import Patience
from tests.unit.kube.scripted_api import ScriptedApi, connected, serving, write_kubeconfig

ICCID = "8988303000123456789"
KEY = Key("plant-a", "sim-operator-check-b2c3d")
BODY = manifest(KEY, ICCID, Key("sim-operator", "default"))


def test_the_resource_only_observes_and_says_whose_it_is() -> None:
    spec = SimSpec.model_validate(BODY["spec"])
    assert (spec.management_policy, spec.deletion_policy) == ("Observe", "Retain")
    assert (spec.state, spec.label, spec.imei_lock) == (None, None, None)
    assert BODY["spec"]["accountRef"] == {"name": "default", "namespace": "sim-operator"}
    assert BODY["metadata"]["labels"] == {"sim-operator.io/check": "stack"}
    assert "accountRef" not in manifest(KEY, ICCID, None)["spec"]
    names = {new_key("plant-a").name for _ in range(50)}
    assert len(names) > 40
    assert all(name.startswith("sim-operator-check-") and len(name) == 24 for name in names)


async def test_a_check_that_is_ended_while_the_resource_is_being_made_deletes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    scripted.gate.clear()
    async with serving(scripted) as url:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url, {})
        async with connected(monkeypatch, str(kubeconfig)) as api:

            async def use() -> None:
                async with made_sim(api, KEY, BODY, Patience(30), _complain):
                    raise AssertionError("the check was ended before")

            using = asyncio.create_task(use())
            await asyncio.wait_for(scripted.arrived.wait(), 10)
            using.cancel()
            await asyncio.sleep(0.1)
            assert [method for method, _ in scripted.requests] == ["POST"]
            scripted.gate.set()
            with pytest.raises(asyncio.CancelledError):
                await using
    path = "/apis/sim-operator.io/v1alpha1/namespaces/plant-a/sims"
    assert scripted.requests == [("POST", path), ("DELETE", f"{path}/{KEY.name}")]


async def test_the_resource_is_deleted_after_a_failure_and_that_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    async with serving(scripted) as url:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url, {})
        async with connected(monkeypatch, str(kubeconfig)) as api:

            async def fail() -> None:
                async with made_sim(api, KEY, BODY, Patience(30), _complain):
                    scripted.fail(503)
                    raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                await fail()
    assert [method for method, _ in scripted.requests] == ["POST", "DELETE", "DELETE"]


async def test_a_resource_that_is_refused_or_cannot_be_deleted_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    scripted.fail(422)
    scripted.fail(403)
    told: list[tuple[Key, Verdict]] = []
    async with serving(scripted) as url:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url, {})
        async with connected(monkeypatch, str(kubeconfig)) as api:
            with pytest.raises(NotMadeError) as refused:
                async with made_sim(api, KEY, BODY, Patience(30), lambda *one: told.append(one)):
                    raise AssertionError("it was refused")
    assert "scripted 422" in refused.value.verdict.found
    [(key, verdict)] = told
    assert key == KEY
    assert "scripted 403" in verdict.found
    assert verdict.advice == f"Delete it: kubectl delete sims -n plant-a {KEY.name}"


def _complain(key: Key, verdict: Verdict) -> None:
    raise AssertionError(f"{key}: {verdict.found}")
