"""How the cluster is found, and what a request that fails becomes."""

import os
import time
from contextlib import AsyncExitStack
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


@pytest.mark.parametrize(
    ("exempt", "through_the_proxy"), [("", True), ("cluster.invalid", False), ("*", False)]
)
async def test_the_proxy_of_the_environment_is_used_unless_it_is_exempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exempt: str, through_the_proxy: bool
) -> None:
    scripted = ScriptedApi()
    async with serving(scripted) as url:
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", exempt)
        file = write_kubeconfig(tmp_path / "config", "http://cluster.invalid:8080", TOKEN)
        async with connected(monkeypatch, str(file)) as api:
            if through_the_proxy:
                await api.request("GET", "/one/status")
            else:
                with pytest.raises(ApiError, match="cannot be reached"):
                    await api.request("GET", "/one/status")
    assert bool(scripted.requests) is through_the_proxy


async def test_what_a_netrc_says_of_the_api_server_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted = ScriptedApi()
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, {})
        async with connected(monkeypatch, str(file)) as api:
            await api.request("GET", "/one/status")
    assert "Authorization" not in scripted.headers[0]


async def test_a_token_file_that_is_being_replaced_leaves_the_token_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    scripted = ScriptedApi()
    async with serving(scripted) as url:
        file = write_kubeconfig(tmp_path / "config", url, TOKEN)
        async with connected(monkeypatch, str(file), token_lifetime=0.0) as api:
            file.write_text("{")
            await api.request("GET", "/one/status")
    assert scripted.headers[0]["Authorization"] == "Bearer t"
    assert "credentials could not be read again" in caplog.text


async def test_a_hundred_streams_leave_room_for_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with many watched namespaces: each watch holds a connection for as long as it lives."""
    scripted = ScriptedApi()
    async with serving(scripted) as url, AsyncExitStack() as stack:
        file = write_kubeconfig(tmp_path / "config", url, TOKEN)
        api = await stack.enter_async_context(connected(monkeypatch, str(file), timeout=20))
        for _ in range(120):
            opened = api.stream("/one/status", query={"watch": "true"}, silence=60)
            await stack.enter_async_context(opened)
        await api.request("GET", "/one/status")
    assert len(scripted.requests) == 121
