"""An account, read beside the operator."""

import inspect

from sim_operator.engine.looking import Reads
from sim_operator.onence.client import OnenceClient


def test_the_client_of_a_look_has_the_reads_and_no_write() -> None:
    methods = {
        name
        for name, _ in inspect.getmembers(OnenceClient, inspect.iscoroutinefunction)
        if name.startswith(("read_", "write_"))
    }
    reads = Reads(object.__new__(OnenceClient))
    assert set(vars(reads)) == {name for name in methods if name.startswith("read_")}
    assert not hasattr(reads, "write_sim")
