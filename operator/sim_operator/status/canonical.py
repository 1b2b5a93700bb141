"""A status as the bytes that are compared, kept and sent."""

from collections.abc import Mapping
from typing import Any

import orjson


def canonical(status: Mapping[str, Any]) -> bytes:
    """JSON with sorted keys, in exactly the room that it needs.

    orjson hands out the buffer that it wrote into, of at least 8 KiB: kept for each SIM of a fleet,
    the unused rest would be most of what the process holds. Hence the copy.
    """
    return bytes(memoryview(orjson.dumps(status, option=orjson.OPT_SORT_KEYS)))
