"""String and number types of the API, each with the schema that the API server enforces.

What a person may get wrong is checked by a CEL rule, whose message says what to do; a `pattern`
only says which expression did not match. Bounds on every string keep the estimated cost of the
rules low enough for the API server to accept them.
"""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic.config import JsonDict

from sim_operator.api import durations

VALIDATIONS: Final = "x-kubernetes-validations"


def rule(
    expression: str,
    message: str,
    *,
    reason: str = "FieldValueInvalid",
    field_path: str | None = None,
) -> JsonDict:
    """One CEL rule; `message` says what is expected, `field_path` (as `.name`) where to look."""
    made: JsonDict = {"rule": expression, "message": message, "reason": reason}
    return made if field_path is None else made | {"fieldPath": field_path}


def rules(*each: JsonDict) -> JsonDict:
    """The schema keyword that carries CEL rules."""
    return {VALIDATIONS: list(each)}


def _go_duration(text: str) -> str:
    durations.seconds(text)
    return text


def _duration_rules(lowest: str, highest: str, *, or_zero: bool) -> JsonDict:
    zero = f"duration(self) == duration('0s') || duration(self) >= duration('{lowest}')"
    above = f"({zero})" if or_zero else f"duration(self) >= duration('{lowest}')"
    below = f"duration(self) <= duration('{highest}')"
    allowed = f"0s, or {lowest} to {highest}" if or_zero else f"{lowest} to {highest}"
    return rules(
        rule(
            f"self.matches('{durations.CEL_PATTERN}') && {above} && {below}",
            f"must be a duration of {allowed}, written with units, such as 30s, 5m or 1h30m",
        )
    )


_NAME_MESSAGE: Final = (
    "must be the metadata.name of an object: lower-case letters, digits, '-' and '.', "
    "beginning and ending with a letter or a digit"
)
_NAMESPACE_MESSAGE: Final = (
    "must be the name of a namespace: lower-case letters, digits and '-', "
    "beginning and ending with a letter or a digit"
)
_PERCENTAGE_MESSAGE: Final = (
    "must be a number of SIMs (0 or more, without quotes) or a percentage from 0% to 100%, "
    "such as 10%"
)
_PERCENTAGE_PATTERN: Final = "^(100|[1-9]?[0-9])%$"
_VOLUME_MESSAGE: Final = "must be a data volume of 0 or more, such as 40Mi, 1.5Gi or 500M"
_VOLUME_PATTERN: Final = "^[0-9]{1,12}([.][0-9]{1,6})?(Ki|Mi|Gi|Ti|k|M|G|T)?$"
_LABEL_PREFIX: Final = "([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?"
_LABEL_NAME: Final = "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

LABEL_KEY_PATTERN: Final = f"^{_LABEL_PREFIX}{_LABEL_NAME}$"
LABEL_KEY_MESSAGE: Final = "must be the key of a label, such as fleet or example.com/fleet"

SweepInterval = Annotated[
    str,
    AfterValidator(_go_duration),
    Field(max_length=32, json_schema_extra=_duration_rules("1s", "24h", or_zero=False)),
]
"""A Go duration of 1s to 24h."""

DetailInterval = Annotated[
    str,
    AfterValidator(_go_duration),
    Field(max_length=32, json_schema_extra=_duration_rules("1s", "168h", or_zero=True)),
]
"""A Go duration of 1s to 168h, or 0s."""

ObservedDuration = Annotated[str, Field(max_length=32)]
"""A Go duration that the operator wrote."""


def _number_or(pattern: str, message: str) -> tuple[AfterValidator, WithJsonSchema]:
    """A number of 0 or more, or text of this form: for a file that no API server has seen too."""
    text = re.compile(pattern)

    def taken(value: int | str) -> int | str:
        if value >= 0 if isinstance(value, int) else text.fullmatch(value):
            return value
        raise ValueError(message)

    schema: JsonDict = {
        "anyOf": [{"type": "integer"}, {"type": "string"}],
        "x-kubernetes-int-or-string": True,
        "maxLength": 32,
        **rules(rule(f"type(self) == int ? self >= 0 : self.matches('{pattern}')", message)),
    }
    return AfterValidator(taken), WithJsonSchema(schema)


IntOrPercent = Annotated[int | str, *_number_or(_PERCENTAGE_PATTERN, _PERCENTAGE_MESSAGE)]
"""A count, or a percentage as text such as `10%`."""

DataLimit = Annotated[int | str, *_number_or(_VOLUME_PATTERN, _VOLUME_MESSAGE)]
"""A data volume as a Kubernetes quantity (`40Mi`), or in bytes."""

Percent = Annotated[int, Field(description="A percentage of the limit, 1 to 100.")]
"""A whole percentage."""

ObjectName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=253,
        json_schema_extra=rules(
            rule("self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')", _NAME_MESSAGE)
        ),
    ),
]
"""A `metadata.name`."""

NamespaceName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=63,
        json_schema_extra=rules(
            rule("self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')", _NAMESPACE_MESSAGE)
        ),
    ),
]
"""The name of a namespace."""

LabelKey = Annotated[
    str,
    Field(
        min_length=1,
        max_length=317,
        json_schema_extra=rules(rule(f"self.matches('{LABEL_KEY_PATTERN}')", LABEL_KEY_MESSAGE)),
    ),
]
"""The key of a Kubernetes label, with or without a prefix."""

LabelValue = Annotated[
    str,
    Field(
        max_length=63,
        description="Value of the label.",
        json_schema_extra=rules(
            rule(
                f"self.matches('^({_LABEL_NAME})?$')",
                "must be the value of a label: empty, or at most 63 letters, digits, '-', '_' and "
                "'.', beginning and ending with a letter or a digit",
            )
        ),
    ),
]
"""The value of a Kubernetes label."""

MAX_OBSERVED_TEXT: Final = 256
"""1NCE states no lengths. Longer text has to be cut, or the API server refuses the whole status."""

ObservedText = Annotated[str, Field(max_length=MAX_OBSERVED_TEXT)]
"""Text that 1NCE or an annotation gave."""

Timestamp = Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
"""An RFC 3339 time in UTC, kept as text so that an unchanged status stays the same bytes."""

Day = Annotated[str, Field(max_length=10, json_schema_extra={"format": "date"})]
"""A day in UTC, `2026-11-27`."""

Quantity = Annotated[str, Field(max_length=32)]
"""A data volume as a Kubernetes quantity that the operator wrote, such as `412Mi`."""

Uid = Annotated[str, Field(max_length=64)]
"""The `metadata.uid` of an object."""

Period = Annotated[str, Field(max_length=16)]
"""`2026-11`, `2026-11-23` or `Lifetime`."""
