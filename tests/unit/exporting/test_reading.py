"""Resources are read complete, or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from sim_operator.exporting.complaints import UnreachableError
from sim_operator.exporting.reading import Told, read
from sim_operator.exporting.scope import Bodies, Scope
from sim_operator.kube.connection import ApiClient
from tests.unit.exporting.objects import labelled, sim
from tests.unit.kube.scripted_api import ScriptedApi, connected, serving, write_kubeconfig


class _Pages(ScriptedApi):
    """Two pages of SIMs, and nothing of the other kinds."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = [[sim("one"), labelled(sim("check"), **{"sim-operator.io/check": "stack"})]]
        self.pages.append([sim("two")])

    async def _patched(self, request: web.Request) -> web.Response:
        if not request.path.endswith("/sims"):
            return web.json_response({"metadata": {}, "items": []})
        at = int(request.query.get("continue", "0"))
        more = {"continue": str(at + 1)} if at + 1 < len(self.pages) else {}
        return web.json_response({"metadata": more, "items": self.pages[at]})


@pytest.fixture
def scripted() -> _Pages:
    return _Pages()


@pytest.fixture
async def api(
    scripted: _Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ApiClient]:
    async with serving(scripted) as url:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url, {})
        async with connected(monkeypatch, str(kubeconfig)) as found:
            yield found


async def _read(api: ApiClient, notes: list[str] | None = None) -> Bodies:
    def announce(_: str) -> Told:
        return lambda _, __: None

    kept = [] if notes is None else notes
    return await read(api, Scope("plant-a"), None, kept.append, announce)


def _names(bodies: Bodies) -> list[str]:
    return [one["metadata"]["name"] for one in bodies["SIM"]]


async def test_all_pages_are_read_without_status_and_without_what_a_check_made(
    api: ApiClient,
) -> None:
    bodies = await _read(api)
    assert _names(bodies) == ["one", "two"]
    assert not any("status" in one for one in bodies["SIM"])


async def test_what_is_being_deleted_is_left_out_and_told(api: ApiClient, scripted: _Pages) -> None:
    scripted.pages[1][0]["metadata"]["deletionTimestamp"] = "2026-11-15T12:00:00Z"
    notes: list[str] = []
    assert _names(await _read(api, notes)) == ["one"]
    assert notes == ["Left out, because they are being deleted: 1 of kind SIM."]


async def test_a_list_that_took_too_long_is_begun_anew_and_not_continued(
    api: ApiClient, scripted: _Pages
) -> None:
    calls = 0
    page = scripted._patched

    async def expired_once(request: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        if calls == 2:
            return web.json_response({"message": "too old"}, status=410)
        return await page(request)

    scripted._patched = expired_once  # type: ignore[method-assign]
    assert _names(await _read(api)) == ["one", "two"]
    assert calls == 2 + 2 + 2


async def test_a_failure_that_passes_is_waited_for(api: ApiClient, scripted: _Pages) -> None:
    scripted.fail(503, Retry_After="0")
    assert _names(await _read(api)) == ["one", "two"]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "kubectl create role sim-operator-export -n plant-a --verb=list"),
        (404, "does not serve SIM: is this the right cluster"),
        (400, "sims.sim-operator.io in namespace plant-a were not read"),
    ],
)
async def test_a_failure_that_stays_is_told_with_what_to_do(
    api: ApiClient, scripted: _Pages, status: int, said: str
) -> None:
    scripted.fail(status)
    with pytest.raises(UnreachableError, match=said):
        await _read(api)
