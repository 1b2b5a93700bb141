"""The garbage collector, for a process that parses much JSON.

Every parsed object is hundreds of dicts and strings without a cycle, which go by themselves. By
default the collector looks at them after each 700 that were made, and at a whole fleet of records
every so often: more than half of the CPU of a list went into that.
"""

import gc

_YOUNG = 50_000
"""More than a page of a list holds."""


def collect_seldom() -> None:
    """Look for cycles less often; to be called once, when the process starts."""
    _, middle, old = gc.get_threshold()
    gc.set_threshold(_YOUNG, middle, old)
