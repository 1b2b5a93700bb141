"""Events, finalizers, Secrets and namespaces on a real API server, with the operator's rights."""

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sim_operator.api.meta import LabelSelector
from sim_operator.api.names import DISABLE_FINALIZER, SIM_KIND
from sim_operator.domain.selector import matches
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.events import EventRecorder, EventType
from sim_operator.kube.finalizers import Finalizers
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.namespaces import NamespaceLabels
from sim_operator.kube.records import meta
from sim_operator.kube.secrets import SecretReader, SecretUnreadableError
from sim_operator.kube.store import Store
from tests.cluster import Cluster, kubectl
from tests.cluster.access import service_account_kubeconfig
from tests.integration.conftest import connected
from tests.integration.kube_objects import Person

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]

NO_RIGHTS = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: next-to-nothing}
rules:
  - {apiGroups: [""], resources: [configmaps], verbs: [get]}
"""


@pytest.fixture
def person(person_api: ApiClient, namespace: str) -> Person:
    return Person(person_api, namespace)


@pytest.fixture
async def stranger_api(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> AsyncIterator[ApiClient]:
    role = tmp_path / "role.yaml"
    role.write_text(NO_RIGHTS)
    file = service_account_kubeconfig(cluster, namespace, "stranger", role, tmp_path / "config")
    async with connected(file) as api:
        yield api


async def test_an_event_shows_in_kubectl_and_the_same_again_is_counted_up(
    cluster: Cluster, operator_api: ApiClient, person: Person
) -> None:
    about = meta(await person.create_sim("pump"))
    events = EventRecorder(operator_api, instance="pod-0")
    running = asyncio.create_task(events.run())
    for _ in range(3):
        events.emit(SIM_KIND, about, EventType.WARNING, "Conflict", "Another SIM has the ICCID.")
        assert await events.flush(20)
    events.emit(SIM_KIND, about, EventType.NORMAL, "Reconciled", "x" * 3000)
    assert await events.flush(20)
    running.cancel()
    await asyncio.wait([running])

    path = f"/api/v1/namespaces/{person.namespace}/events"
    found = (await person.api.request("GET", path)).body["items"]
    by_reason = {one["reason"]: one for one in found}
    assert len(found) == 2
    assert by_reason["Conflict"]["count"] == 3
    assert by_reason["Conflict"]["reportingComponent"] == "sim-operator.io/sim-operator"
    assert len(by_reason["Reconciled"]["message"]) == 1024
    assert events.dropped == 0
    described = kubectl(cluster.kubeconfig, "describe", "sim", "pump", "-n", person.namespace)
    assert "Another SIM has the ICCID." in described
    listed = kubectl(cluster.kubeconfig, "get", "events", "-n", person.namespace)
    assert "sim/pump" in listed
    assert "Conflict" in listed


async def test_an_event_that_is_deleted_meanwhile_is_told_anew(
    operator_api: ApiClient, person: Person
) -> None:
    about = meta(await person.create_sim("pump"))
    events = EventRecorder(operator_api)
    running = asyncio.create_task(events.run())
    path = f"/api/v1/namespaces/{person.namespace}/events"
    for _ in range(2):
        events.emit(SIM_KIND, about, EventType.NORMAL, "Reconciled", "Changed the label.")
        assert await events.flush(20)
        (found,) = (await person.api.request("GET", path)).body["items"]
        await person.api.request("DELETE", f"{path}/{found['metadata']['name']}")
    running.cancel()
    await asyncio.wait([running])

    assert found["count"] == 2


async def test_a_finalizer_is_added_and_removed_and_others_stay(
    operator_api: ApiClient, person: Person
) -> None:
    store = Store()
    finalizers = Finalizers(operator_api, store)
    outdated = meta(await person.create_sim("pump"))
    await person.label("pump", fleet="pumps")

    assert await finalizers.add(SIM_KIND, outdated, DISABLE_FINALIZER)
    assert await finalizers.add(SIM_KIND, outdated, DISABLE_FINALIZER)
    held = store.sims[person.key("pump")].meta
    assert held.finalizers == (DISABLE_FINALIZER,)
    assert held.labels == {"fleet": "pumps"}
    await finalizers.remove(SIM_KIND, held, DISABLE_FINALIZER)
    await finalizers.remove(SIM_KIND, held, DISABLE_FINALIZER)

    body = await person.read(SIM_KIND, "pump")
    assert body is not None
    assert "finalizers" not in body["metadata"]


async def test_an_object_that_is_being_deleted_gets_no_finalizer_and_its_last_one_lets_it_go(
    operator_api: ApiClient, person: Person
) -> None:
    store = Store()
    finalizers = Finalizers(operator_api, store)
    before = meta(await person.create_sim("pump"))
    await finalizers.add(SIM_KIND, before, DISABLE_FINALIZER)
    await person.delete_sim("pump")

    assert not await finalizers.add(SIM_KIND, before, "sim-operator.io/another")
    held = store.sims[person.key("pump")].meta
    assert held.deleted_at is not None
    await finalizers.remove(SIM_KIND, held, DISABLE_FINALIZER)

    assert await person.read(SIM_KIND, "pump") is None
    assert not store.sims
    await finalizers.remove(SIM_KIND, held, DISABLE_FINALIZER)
    assert not await finalizers.add(SIM_KIND, before, DISABLE_FINALIZER)


async def test_a_successor_of_the_same_name_does_not_get_the_finalizer(
    operator_api: ApiClient, person: Person
) -> None:
    old = meta(await person.create_sim("pump"))
    await person.delete_sim("pump")
    await person.create_sim("pump")

    added = await Finalizers(operator_api, Store()).add(SIM_KIND, old, DISABLE_FINALIZER)

    assert not added
    body = await person.read(SIM_KIND, "pump")
    assert body is not None
    assert "finalizers" not in body["metadata"]


async def test_a_secret_and_a_config_map_are_read(operator_api: ApiClient, person: Person) -> None:
    data = {"ONCE_CLIENT_ID": "id", "umlaut": "schlüssel"}
    encoded = {name: base64.b64encode(text.encode()).decode() for name, text in data.items()}
    encoded["binary"] = base64.b64encode(b"\xff\xfe").decode()
    await _create(person, "secrets", "Secret", encoded)
    await _create(person, "configmaps", "ConfigMap", {"ca.crt": "PEM"})
    reader = SecretReader(operator_api)

    assert await reader.read_secret(person.key("one")) == data
    assert await reader.read_secret(person.key("absent")) is None
    assert await reader.read_config_map(person.key("one")) == {"ca.crt": "PEM"}
    assert await reader.read_config_map(person.key("absent")) is None


async def test_a_secret_that_may_not_be_read_is_not_taken_for_an_absent_one(
    stranger_api: ApiClient, person: Person
) -> None:
    with pytest.raises(SecretUnreadableError, match="forbidden"):
        await SecretReader(stranger_api).read_secret(person.key("one"))


async def test_labels_of_namespaces_are_known_by_list_and_one_by_one(
    operator_api: ApiClient, namespace: str
) -> None:
    of_all = NamespaceLabels(operator_api, [])
    of_some = NamespaceLabels(operator_api, [namespace, "no-such-namespace"])
    selector = LabelSelector(match_labels={"kubernetes.io/metadata.name": namespace})

    for labels in (of_all, of_some):
        assert labels.labels_of(namespace) is None
        assert await labels.refresh() is None
        assert matches(selector, labels.labels_of(namespace) or {})
        assert labels.labels_of("no-such-namespace") is None


async def test_a_missing_right_to_read_namespaces_is_said(stranger_api: ApiClient) -> None:
    unknown = await NamespaceLabels(stranger_api, []).refresh()

    assert unknown is not None
    assert unknown.forbidden
    assert "namespaces" in unknown.message


async def test_the_operator_may_not_do_what_it_never_does(
    operator_api: ApiClient, person: Person
) -> None:
    await person.create_sim("pump")
    sim = KINDS[SIM_KIND].item(person.key("pump"))
    for method, path in (
        ("DELETE", sim),
        ("GET", f"/api/v1/namespaces/{person.namespace}/secrets"),
        ("GET", "/api/v1/pods"),
        ("GET", f"/api/v1/namespaces/{person.namespace}/configmaps"),
    ):
        with pytest.raises(ApiError) as refused:
            await operator_api.request(method, path)
        assert refused.value.forbidden, path


async def _create(person: Person, plural: str, kind: str, data: dict[str, Any]) -> None:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "one"}, "data": data}
    path = f"/api/v1/namespaces/{person.namespace}/{plural}"
    await person.api.request("POST", path, body=body)
