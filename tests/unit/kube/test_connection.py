"""How the cluster is found, and what a request that fails becomes."""

import os
import time
from pathlib import Path

import pytest

from sim_operator.kube.answers import ApiError
from sim_operator.kube.configuration import NoClusterError, configured
from sim_operator.kube.connection import connect
from tests.unit.kube.scripted_api import ScriptedApi, connected, serving, write_kubeconfig

TOKEN = {"token": "t"}


async def test_the_first_kubeconfig_decides_the_context_as_for_kubectl(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    async with serving(scripted) as url:
        right = write_kubeconfig(tmp_path / "a", url, TOKEN, name="right")
        wrong = write_kubeconfig(tmp_path / "b", "http://127.0.0.1:1", TOKEN, name="wrong")
        paths = os.pathsep.join((str(tmp_path / "absent"), str(right), str(wrong)))
        async with connected(monkeypatch, paths) as api:
            await api.request("GET", "/apis/x/status")

    assert scripted.headers[0]["User-Agent"] == "sim-operator/test"
    assert scripted.headers[0]["Authorization"] == "Bearer t"


async def test_a_rotated_token_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    token = tmp_path / "token"
    token.write_text("old")
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, {"tokenFile": str(token)})
        async with connected(monkeypatch, str(file), token_lifetime=0.0) as api:
            await api.request("GET", "/one/status")
            token.write_text("new")
            await api.request("GET", "/two/status")

    used = [headers["Authorization"] for headers in scripted.headers]
    assert used == ["Bearer old", "Bearer new"]


@pytest.mark.parametrize("content", ["", "[]", "{", "apiVersion: v1"])
async def test_a_kubeconfig_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    file = tmp_path / "config"
    file.write_text(content)
    with pytest.raises(NoClusterError, match=str(file)):
        async with connected(monkeypatch, str(file)):
            pass


async def test_without_any_hint_there_is_no_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(NoClusterError, match="KUBECONFIG"):
        async with connect(user_agent="test"):
            pass


async def test_a_user_without_a_home_has_no_kubeconfig_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a platform that chooses user ids runs a container: no HOME, no line in /etc/passwd."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "HOME"):
        monkeypatch.delenv(name, raising=False)

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", nobody)
    with pytest.raises(NoClusterError, match="this is no pod"):
        async with connect(user_agent="test"):
            pass


async def test_a_request_without_an_answer_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    scripted.gate.clear()
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, TOKEN)
        async with connected(monkeypatch, str(file), timeout=0.2) as api:
            with pytest.raises(ApiError, match="no answer") as late:
                await api.request("GET", "/one/status")

    assert late.value.unreachable
    assert late.value.transient


async def test_an_api_server_that_is_not_there_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_kubeconfig(tmp_path / "config", "http://127.0.0.1:1", TOKEN)
    async with connected(monkeypatch, str(file)) as api:
        with pytest.raises(ApiError) as refused:
            await api.request("GET", "/one/status")
    assert refused.value.unreachable


@pytest.mark.parametrize(
    ("status", "transient"), [(401, True), (403, False), (409, False), (429, True), (503, True)]
)
async def test_a_refusal_says_status_message_and_how_long_to_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, transient: bool
) -> None:
    scripted = ScriptedApi()
    scripted.fail(status, Retry_After="7")
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, TOKEN)
        async with connected(monkeypatch, str(file)) as api:
            with pytest.raises(ApiError, match=f"scripted {status}") as refused:
                await api.request("GET", "/one/status")
    assert refused.value.status == status
    assert refused.value.transient is transient
    assert refused.value.retry_after == 7.0


async def test_in_a_pod_its_service_account_is_used_and_an_incomplete_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    library = "kubernetes.aio.config.incluster_config"
    monkeypatch.setattr(f"{library}.SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(f"{library}.SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    with pytest.raises(NoClusterError, match="token file does not exist"):
        await configured(60.0, time.monotonic)

    (tmp_path / "token").write_text("t")
    (tmp_path / "ca.crt").write_text("PEM")
    configuration = await configured(60.0, time.monotonic)

    assert configuration.host == "https://10.96.0.1:443"
    assert configuration.ssl_ca_cert == str(tmp_path / "ca.crt")
    assert (await configuration.auth_settings())["BearerToken"]["value"] == "bearer t"
