"""What both resources share: references to other objects, label selectors, conditions."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

from sim_operator.api.choices import SelectorOperator
from sim_operator.api.names import ConditionStatus
from sim_operator.api.schema_types import (
    LABEL_KEY_MESSAGE,
    LABEL_KEY_PATTERN,
    LabelKey,
    LabelValue,
    NamespaceName,
    ObjectName,
    Timestamp,
    rule,
    rules,
)


class WireModel(BaseModel):
    """A part of a resource: snake_case here, camelCase on the wire, unknown fields ignored.

    Ignored, because a newer schema may carry fields that this version does not know.
    """

    model_config = ConfigDict(
        frozen=True, populate_by_name=True, alias_generator=to_camel, extra="ignore"
    )


class LocalObjectReference(WireModel):
    """An object in the same namespace."""

    name: ObjectName = Field(description="Name of the object, which is in the same namespace.")


class AccountReference(WireModel):
    """A SIMAccount, in this or another namespace."""

    name: ObjectName = Field(description="Name of the SIMAccount.")
    namespace: NamespaceName | None = Field(
        default=None,
        description="Namespace of the SIMAccount. Absent: the namespace of this SIM. "
        "An account in another namespace has to allow this one (spec.allowedNamespaces there).",
    )


class LabelSelectorRequirement(WireModel):
    """One comparison of a label with values."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            rule(
                "!(self.operator in ['In', 'NotIn']) || (has(self.values) && self.values.size() > "
                "0)",
                "the operators In and NotIn need values: list at least one",
                reason="FieldValueRequired",
                field_path=".values",
            ),
            rule(
                "self.operator in ['In', 'NotIn'] || !has(self.values) || self.values.size() == 0",
                "the operators Exists and DoesNotExist take no values: remove them, or use In or "
                "NotIn",
                reason="FieldValueForbidden",
                field_path=".values",
            ),
        )
    )

    key: LabelKey = Field(description="Key of the label that is compared.")
    operator: SelectorOperator = Field(
        description="In: the label has one of the values. NotIn: it has none of them, or is "
        "absent. Exists: the label is there, whatever its value. DoesNotExist: it is not."
    )
    values: tuple[LabelValue, ...] | None = Field(
        default=None,
        max_length=64,
        description="Values to compare with. Needed for In and NotIn, refused for Exists and "
        "DoesNotExist.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )


class LabelSelector(WireModel):
    """A Kubernetes label selector: all parts have to match; an empty one matches everything."""

    model_config = ConfigDict(json_schema_extra={"x-kubernetes-map-type": "atomic"})

    match_labels: dict[str, LabelValue] | None = Field(
        default=None,
        max_length=32,
        description="Labels that have to be there with exactly these values.",
        json_schema_extra=rules(
            rule(f"self.all(key, key.matches('{LABEL_KEY_PATTERN}'))", LABEL_KEY_MESSAGE)
        ),
    )
    match_expressions: tuple[LabelSelectorRequirement, ...] | None = Field(
        default=None,
        max_length=32,
        description="Comparisons that all have to hold.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )


class Condition(WireModel):
    """One aspect of the state, as metav1.Condition."""

    type: str = Field(max_length=316, description="Which aspect: CamelCase, once in the list.")
    status: ConditionStatus = Field(description="True, False or Unknown.")
    observed_generation: int | None = Field(
        default=None,
        ge=0,
        description="metadata.generation that this condition was decided for. "
        "Lower than the present one: the condition is out of date.",
    )
    last_transition_time: Timestamp = Field(description="When status last changed.")
    reason: str = Field(
        min_length=1,
        max_length=1024,
        pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
        description="Why, in one CamelCase word that programs can rely on.",
    )
    message: str = Field(max_length=32768, description="Why, for people.")


CONDITION_LIST: JsonDict = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["type"],
}
"""Each writer owns its conditions by type, instead of the list as a whole."""

MAX_CONDITIONS = 16
