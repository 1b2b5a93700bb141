"""What another process speaks for by now is not written."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sim_operator.api.names import SIM_KIND
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.status_writer import StatusNotWrittenError, StatusWriter
from tests.unit.kube.scripted_api import (
    ScriptedApi,
    connected,
    key,
    serving,
    write_kubeconfig,
)
from tests.unit.kube.test_status_writer import ENABLED, Desk


@pytest.fixture
def scripted() -> ScriptedApi:
    return ScriptedApi()


@pytest.fixture
async def api(
    scripted: ScriptedApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ApiClient]:
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, {"token": "t"})
        async with connected(monkeypatch, str(file)) as made:
            yield made


class Shared(Desk):
    """A writer that speaks for all but some."""

    def __init__(self, api: ApiClient, *names: str, others: set[str]) -> None:
        super().__init__(api, *names)
        self.writer = StatusWriter(
            api,
            self.store,
            look_again=lambda _, one: self.looked_at.append(one),
            meter=self._count,
            is_ours=lambda _, one: one.name not in others,
        )


async def test_what_waited_for_an_object_that_is_left_to_others_is_dropped(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    others: set[str] = set()
    desk = Shared(api, "a", "b", others=others)
    desk.submit("a")
    desk.submit("b")
    others.add("a")
    async with desk:
        assert await desk.writer.flush(20)
    assert [path.split("/")[-2] for _, path in scripted.requests] == ["b"]
    assert desk.looked_at == []


async def test_a_guard_is_told_that_nothing_was_written(
    api: ApiClient, scripted: ScriptedApi
) -> None:
    async with Shared(api, "a", others={"a"}) as desk:
        with pytest.raises(StatusNotWrittenError, match="another process speaks for SIM"):
            await desk.writer.write_now(SIM_KIND, key("a"), "a", ENABLED)
    assert scripted.requests == []
