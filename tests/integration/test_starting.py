"""What a container asks of its process before there is anything to do.

The kernel gives the first process of a container only those signals that it handles, so it has to
handle them from the beginning; one that does not would end here by the signal, and not with 0.
"""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.operator_process import OperatorProcess

pytestmark = pytest.mark.cluster


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield int(listening.getsockname()[1])


def test_it_ends_when_told_to_while_it_still_waits_for_the_clock(
    operator_kubeconfig: Path, tmp_path: Path, silent_port: int
) -> None:
    log = tmp_path / "operator.log"
    operator = OperatorProcess(
        operator_kubeconfig, log, {"clock_url": f"http://127.0.0.1:{silent_port}"}
    )
    operator.start(ready=False)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            operator.wait(3.0)  # it starts, and waits
    finally:
        code = operator.stop()
    assert code == 0, log.read_text(encoding="utf-8")
