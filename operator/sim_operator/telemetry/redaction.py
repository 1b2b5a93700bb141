"""What looks like a credential is not written to a log.

The second line of defence: the first is that nobody logs one. It would rather hide too much than
too little, and leaves quotes and backslashes alone, so that JSON stays JSON.
"""

import re

HIDDEN = "[redacted]"

_QUOTES = r"[\\\"']*"
_NAMES = r"(?:client|access|refresh|id)[_-]?(?:secret|token)|password|passwd|api[_-]?key"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            rf"\b((?:proxy-)?authorization{_QUOTES}\s*[:=,]\s*{_QUOTES})(?!bearer\b|basic\b)"
            r"(?:[A-Za-z]+\s+)?[^\s\"'\\,;&)}\]]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(
            rf"((?:{_NAMES}){_QUOTES}\s*[:=]\s*{_QUOTES})[^\s\"'\\,;&)}}\]]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # `secret: not found` is a sentence, `secret=...` and `"secret": ...` are not.
    (
        re.compile(
            r"\b((?:secret|token)(?:=|[\\\"']+\s*:\s*)[\\\"']*)[^\s\"'\\,;&)}\]]+", re.IGNORECASE
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"), HIDDEN),
    (re.compile(r"(://)[^/\s\"'\\]+@"), rf"\1{HIDDEN}@"),
)


def redact(text: str) -> str:
    """The text without bearer and basic credentials, passwords, tokens and users in URLs."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
