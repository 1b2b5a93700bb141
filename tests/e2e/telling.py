"""Tells what is done while it is done, with the seconds that it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

BEGUN: Final = time.monotonic()


def tell(text: str) -> None:
    """Print one line, with the time since the beginning."""
    passed = int(time.monotonic() - BEGUN)
    print(f"e2e {passed // 60:02}:{passed % 60:02}  {text}", file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Tell that something begins, and how long it took; where it fails the test tells."""
    tell(f"{what} ...")
    begun = time.monotonic()
    yield
    tell(f"{what}: {time.monotonic() - begun:.1f} s")
