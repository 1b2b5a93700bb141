"""What is wrong with settings, in one line for each, without what might be a password."""

import re
from collections.abc import Callable, Mapping

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

PREFIX = "SIM_OPERATOR_"
_SHOWN_CHARACTERS = 120


class SettingsError(Exception):
    """The settings cannot be used; the message has one line for each variable that is wrong."""


def variable(field: str) -> str:
    """A setting as the environment spells it."""
    return PREFIX + field.upper()


def flag(field: str) -> str:
    """A setting as the command line spells it."""
    return "--" + field.replace("_", "-")


_Fields = Mapping[str, FieldInfo]


def readable(error: ValidationError, spell: Callable[[str], str], fields: _Fields) -> str:
    """One line for each setting that is wrong, however many of its parts are."""
    lines: dict[object, str] = {}
    for detail in error.errors(include_url=False):
        field = str(detail["loc"][0]) if detail["loc"] else None
        lines.setdefault(field, _line(field, detail, spell, fields))
    return "\n".join(lines.values())


def _line(
    field: str | None, detail: ErrorDetails, spell: Callable[[str], str], fields: _Fields
) -> str:
    why = detail["msg"].removeprefix("Value error, ")
    if field is None:
        return why
    allowed = fields[field].description
    hint = ""
    if field.endswith("_port") and str(detail["input"]).startswith("tcp://"):
        # Kubernetes sets NAME_PORT for every Service of the namespace, also for one of our name.
        hint = " (set by Kubernetes for a Service of that name; enableServiceLinks: false stops it)"
    return f"{spell(field)}: {_shown(detail['input'])} was given{hint}: {why}; allowed: {allowed}"


def _shown(given: object) -> str:
    """What was given, without what might be a password in a URL."""
    text = re.sub(r".*@", "***@", str(given))
    text = re.sub(r"(//[^/:]*):(?!\d+(/|$)).*", r"\1:***", text)
    text = re.sub(r"[?#].*", "?***", text)
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
