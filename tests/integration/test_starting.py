"""What a container asks of its process before there is anything to do.

The kernel gives the first process of a container only those signals that it handles, so it has to
handle them from the beginning; one that does not would end here by the signal, and not with 0.
"""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.operator_process import OperatorProcess

pytestmark = pytest.mark.cluster


STARTS_WITHIN = 60.0


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A port on which nobody ever answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(STARTS_WITHIN)
        yield listening


def test_it_ends_when_told_to_while_it_still_waits_for_the_clock(
    operator_kubeconfig: Path, tmp_path: Path, silent: socket.socket
) -> None:
    log = tmp_path / "operator.log"
    clock_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    operator = OperatorProcess(operator_kubeconfig, log, {"clock_url": clock_url})
    operator.start(ready=False)
    try:
        asking, _ = silent.accept()
        with asking:
            assert operator.runs
            code = operator.stop()
    finally:
        operator.kill()
    assert code == 0, log.read_text(encoding="utf-8")
