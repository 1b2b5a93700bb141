"""Go duration strings (`5m`, `1h30m`, `250ms`), in which Kubernetes resources carry durations."""

import re
from typing import Final

_SECONDS: Final = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART: Final = r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)"
_WHOLE: Final = re.compile(f"(?:{_PART})+")
_EACH: Final = re.compile(_PART)

CEL_PATTERN: Final = r"^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$"
"""The same form, escaped for a CEL string literal."""


def seconds(text: str) -> float:
    """The length of a Go duration in seconds.

    Raises:
        ValueError: not a Go duration; signs are refused, as nothing here lasts a negative time.
    """
    if _WHOLE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a duration such as 30s, 5m or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _EACH.findall(text))
