"""A file that is no YAML may hold a token: what is wrong with it is said without it."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from sim_operator.installing import manifests
from sim_operator.installing.complaints import BadInputError as Refused
from sim_operator.kube.configuration import NoClusterError, configured
from sim_operator.kube.yaml_faults import told
from sim_operator.trial import documents
from sim_operator.trial.complaints import BadInputError

CANARY = "c4n4ry-0123456789"
TORN = f'users:\n- user: {{token: {CANARY}, other: "cut off'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TORN, "found unexpected end of stream (line 2, column 51)"),
        (f"token: {CANARY}\n\tx: y", "found character '\\t' that cannot start any token (line 2"),
        (f"token: {CANARY}: x", "mapping values are not allowed here (line 1, column 25)"),
        (f"token: {CANARY}\0", "it cannot be read"),
    ],
)
def test_it_is_said_what_is_wrong_and_where(text: str, said: str) -> None:
    with pytest.raises(yaml.YAMLError) as raised:
        yaml.safe_load(text)
    found = told(raised.value)
    assert said in found
    assert CANARY not in found
    assert "\n" not in found


async def test_a_kubeconfig_that_is_being_written_shows_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(TORN)
    monkeypatch.setenv("KUBECONFIG", str(file))
    with pytest.raises(NoClusterError) as raised:
        await configured(0.0, lambda: 0.0)
    shown = "".join(traceback.format_exception(raised.value))
    assert str(file) in str(raised.value)
    assert CANARY not in shown


async def test_nor_does_one_that_is_read_again_for_a_rotated_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "config"
    file.write_text(
        "current-context: a\ncontexts: [{name: a, context: {cluster: a, user: a}}]\n"
        "clusters: [{name: a, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "users: [{name: a, user: {token: t}}]\n"
    )
    monkeypatch.setenv("KUBECONFIG", str(file))
    configuration = await configured(0.0, lambda: 0.0)
    file.write_text(TORN)
    await configuration.refresh_api_key_hook(configuration)
    assert "cannot be used: found unexpected end of stream" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (lambda file: manifests.read([file], "plant-a"), Refused),
        (lambda file: documents.read(file, "plant-a"), BadInputError),
    ],
    ids=["apply", "plan"],
)
def test_a_manifest_that_is_no_yaml_is_not_repeated(
    read: Callable[[str], object], error: type[Exception], tmp_path: Path
) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(TORN)
    with pytest.raises(error) as raised:
        read(str(file))
    assert "is no YAML" in str(raised.value)
    assert CANARY not in "".join(traceback.format_exception(raised.value))
