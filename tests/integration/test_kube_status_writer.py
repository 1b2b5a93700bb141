"""Statuses on a real API server: what arrives, what never does, and what is not sent at all."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sim_operator.api.names import SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.status_writer import StatusNotWrittenError, StatusWriter
from sim_operator.kube.store import Store
from tests.integration.kube_objects import Person, Recording, canonical

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]


@dataclass
class Desk:
    """A status writer at work, and the person whose objects it writes to."""

    person: Person
    api: Recording
    store: Store
    writer: StatusWriter
    looked_at: list[Key]
    counted: list[str] = field(default_factory=list)

    def submit(self, body: dict[str, Any], status: dict[str, Any]) -> None:
        key = Key(body["metadata"]["namespace"], body["metadata"]["name"])
        uid = body["metadata"]["uid"]
        self.writer.submit(SIM_KIND, key, uid, canonical(status), urgent=False)

    async def write(self, body: dict[str, Any], status: dict[str, Any]) -> None:
        self.submit(body, status)
        assert await self.writer.flush(20)

    @property
    def patches(self) -> int:
        return sum(method == "PATCH" for method, _ in self.api.requests)


@pytest.fixture
async def desk(
    operator_api: ApiClient, person_api: ApiClient, namespace: str
) -> AsyncIterator[Desk]:
    api, store = Recording(operator_api), Store()
    looked_at: list[Key] = []
    counted: list[str] = []
    writer = StatusWriter(
        api, store, look_again=lambda _, key: looked_at.append(key), meter=counted.append
    )
    running = asyncio.create_task(writer.run())
    yield Desk(Person(person_api, namespace), api, store, writer, looked_at, counted)
    running.cancel()
    await asyncio.wait([running])


async def test_a_status_is_written_and_a_member_that_is_gone_is_removed(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)

    await desk.write(body, {"state": "Enabled", "label": "pump", "observedGeneration": 1})
    await desk.write(body, {"state": "Disabled", "observedGeneration": 1})

    assert await desk.person.status("pump") == {"state": "Disabled", "observedGeneration": 1}
    assert desk.counted == ["written", "written"]


async def test_the_same_status_again_sends_nothing(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)
    await desk.write(body, {"state": "Enabled"})
    sent = len(desk.api.requests)

    await desk.write(body, {"state": "Enabled"})

    assert len(desk.api.requests) == sent


async def test_the_last_of_many_values_wins(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)

    for number in range(50):
        desk.submit(body, {"label": f"pump {number}"})
    assert await desk.writer.flush(20)

    assert await desk.person.status("pump") == {"label": "pump 49"}
    assert desk.patches <= 2


async def test_what_the_api_server_prunes_is_not_sent_for_ever(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)
    wanted = {"state": "Enabled", "fromANewerVersion": "yes"}

    with caplog.at_level(logging.WARNING):
        await desk.write(body, wanted)
    await desk.write(body, wanted)
    await desk.write(body, wanted)

    assert await desk.person.status("pump") == {"state": "Enabled"}
    assert desk.patches == 1
    assert "fromANewerVersion" in caplog.text
    held = desk.store.sims[desk.person.key("pump")]
    assert held.status == canonical({"state": "Enabled"})


async def test_after_a_conflict_the_object_is_read_again_and_looked_at_again(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)
    await desk.person.label("pump", fleet="pumps")

    await desk.write(body, {"state": "Enabled"})

    key = desk.person.key("pump")
    assert desk.looked_at == [key]
    assert desk.store.sims[key].meta.labels == {"fleet": "pumps"}
    assert await desk.person.status("pump") == {}
    await desk.write(body, {"state": "Enabled"})
    assert await desk.person.status("pump") == {"state": "Enabled"}


async def test_a_successor_of_the_same_name_never_gets_the_old_status(desk: Desk) -> None:
    old = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, old)
    await desk.person.delete_sim("pump")
    new = await desk.person.create_sim("pump")

    await desk.write(old, {"state": "Enabled"})
    with pytest.raises(StatusNotWrittenError):
        await desk.writer.write_now(
            SIM_KIND, desk.person.key("pump"), old["metadata"]["uid"], canonical({"label": "old"})
        )

    assert await desk.person.status("pump") == {}
    key = desk.person.key("pump")
    assert desk.store.sims[key].meta.uid == new["metadata"]["uid"]
    assert key in desk.looked_at


async def test_the_status_of_a_deleted_object_is_dropped(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)
    await desk.person.delete_sim("pump")

    await desk.write(body, {"state": "Enabled"})

    assert desk.counted == ["gone"]
    assert len(desk.writer) == 0


async def test_a_guard_is_on_disk_when_the_write_returns(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)
    key, uid = desk.person.key("pump"), body["metadata"]["uid"]
    desk.submit(body, {"label": "overtaken"})

    await desk.writer.write_now(SIM_KIND, key, uid, canonical({"label": "guard"}))

    assert await desk.person.status("pump") == {"label": "guard"}


async def test_a_guard_that_the_api_server_refuses_is_not_written(desk: Desk) -> None:
    body = await desk.person.create_sim("pump")
    desk.store.observe(SIM_KIND, body)
    key, uid = desk.person.key("pump"), body["metadata"]["uid"]

    with pytest.raises(StatusNotWrittenError, match="refused"):
        await desk.writer.write_now(SIM_KIND, key, uid, canonical({"state": "Melted"}))

    assert await desk.person.status("pump") == {}
