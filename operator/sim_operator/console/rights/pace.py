"""How fast one caller may ask: a token bucket each, so that one script cannot keep others out."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Final

A_SECOND: Final = 20.0
AT_ONCE: Final = 100.0
_MOST: Final = 5_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Paces:
    """The buckets; the least used ones are forgotten, which leaves them full."""

    def __init__(
        self,
        a_second: float = A_SECOND,
        at_once: float = AT_ONCE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`a_second`: requests in the long run; `at_once`: after a pause."""
        self._a_second = a_second
        self._at_once = at_once
        self._monotonic = monotonic
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def wait(self, caller: Hashable) -> float:
        """Take one request; 0 where it may go on, else seconds after which it may."""
        now = self._monotonic()
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = _Bucket(self._at_once, now)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(caller)
        bucket.left = min(self._at_once, bucket.left + (now - bucket.at) * self._a_second)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / self._a_second
        bucket.left -= 1
        return 0.0
