"""A connection that cannot write."""

from pathlib import Path

import pytest

from sim_operator.kube.read_only import ReadOnlyApi
from tests.unit.kube.scripted_api import ScriptedApi, connected, serving, write_kubeconfig


async def test_a_request_that_writes_never_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    async with serving(scripted) as url:
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", url, {})
        async with connected(monkeypatch, str(kubeconfig)) as inner:
            api = ReadOnlyApi(inner)
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                for query in (None, {"dryRun": ""}):
                    with pytest.raises(RuntimeError, match="this command writes nothing"):
                        await api.request(method, "/apis/x/y", query=query, body={})
            assert scripted.requests == []
            await api.request("GET", "/apis/x/y")
            await api.request("POST", "/apis/x/y", query={"dryRun": "All"}, body={})
    assert [method for method, _ in scripted.requests] == ["GET", "POST"]
