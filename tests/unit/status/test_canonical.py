"""The bytes of a status."""

import gc
import tracemalloc

from sim_operator.status.canonical import canonical

KEPT = 200


def test_keys_are_sorted_at_every_depth() -> None:
    assert canonical({"b": {"y": 1, "x": [2]}, "a": None}) == b'{"a":null,"b":{"x":[2],"y":1}}'


def test_a_kept_status_takes_no_more_room_than_its_text() -> None:
    text = "x" * 800
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [canonical({"number": number, "text": text}) for number in range(KEPT)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2 * sum(map(len, kept))
