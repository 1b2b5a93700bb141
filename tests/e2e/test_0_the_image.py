"""Before the story: what is in the image, and what is not."""

import json
import os
import tarfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.node import operator_image, prepare_node
from tests.e2e.ground import is_kind

pytestmark = pytest.mark.skipif(is_kind(os.environ), reason="Docker keeps the image")

PACKAGES = "site-packages"


@pytest.fixture(scope="module")
def archive() -> Iterator[tarfile.TarFile]:
    """The image of this checkout, as it is loaded into a node."""
    prepare_node()
    with tarfile.open(operator_image(os.environ).archive) as opened:
        yield opened


@pytest.fixture(scope="module")
def manifest(archive: tarfile.TarFile) -> dict[str, Any]:
    found: dict[str, Any] = _json(archive, "manifest.json")[0]
    return found


@pytest.fixture(scope="module")
def layers(archive: tarfile.TarFile, manifest: dict[str, Any]) -> list[list[tarfile.TarInfo]]:
    """What each layer holds, the base first."""
    return [_members(archive, name) for name in manifest["Layers"]]


def test_it_runs_the_operator_as_a_number_that_is_not_root(
    archive: tarfile.TarFile, manifest: dict[str, Any]
) -> None:
    config = _json(archive, manifest["Config"])["config"]
    assert config["User"] == "65532:65532"
    assert config["Entrypoint"] == ["sim-operator"]
    assert config["StopSignal"] == "SIGTERM"
    labels = config["Labels"]
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.title"] == "sim-operator"


def test_the_secrets_of_the_build_and_pip_left_no_trace(
    layers: list[list[tarfile.TarInfo]],
) -> None:
    own = layers[1:]
    added = [member.name for layer in own for member in layer]
    assert added
    assert not [name for name in added if name.endswith(("pip.conf", "ca.crt"))]
    assert not [name for name in added if f"{PACKAGES}/pip/" in name]
    assert not [name for name in added if name.startswith(("src/", "tmp/", "root/", "run/"))]


def test_the_operator_is_a_small_layer_of_its_own_with_its_bytecode(
    layers: list[list[tarfile.TarInfo]],
) -> None:
    application = layers[-1]
    names = {member.name for member in application}
    assert any(name.endswith("bin/sim-operator") for name in names)
    assert any(f"{PACKAGES}/sim_operator/__pycache__/cli." in name for name in names)
    assert sum(member.size for member in application) < 8 * 1024**2


def test_nothing_that_was_added_can_be_written_by_others(
    layers: list[list[tarfile.TarInfo]],
) -> None:
    added = [member for layer in layers[1:] for member in layer if not member.issym()]
    assert not [member.name for member in added if member.mode & 0o022]
    assert not [member.name for member in added if member.mode & 0o6000]
    assert {(member.uid, member.gid) for member in added} == {(0, 0)}


def _json(archive: tarfile.TarFile, name: str) -> Any:
    file = archive.extractfile(name)
    assert file is not None
    return json.load(file)


def _members(archive: tarfile.TarFile, name: str) -> list[tarfile.TarInfo]:
    file = archive.extractfile(name)
    assert file is not None
    with tarfile.open(fileobj=file) as layer:
        return layer.getmembers()
