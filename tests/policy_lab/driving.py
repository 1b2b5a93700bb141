"""Runs coroutines that wait for nothing to their end, without an event loop."""

from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_MOST_TURNS = 10_000


def drive(work: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of `work`, which may give way to others but not wait for them."""
    for _ in range(_MOST_TURNS):
        try:
            waited_for = work.send(None)
        except StopIteration as end:
            result: _Result = end.value
            return result
        assert waited_for is None, f"waits for {waited_for}"
    raise AssertionError("does not come to an end")
