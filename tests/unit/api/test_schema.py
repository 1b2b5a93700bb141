"""From models to structural schemas: what is translated, and what is refused."""

from enum import StrEnum
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from sim_operator.api.schema import SchemaError, structural


class Colour(StrEnum):
    """A colour."""

    RED = "Red"
    BLUE = "Blue"


class Inner(BaseModel):
    """Something inside."""

    size: int = Field(default=1, ge=0, description="Its size.")


class Outer(BaseModel):
    """Something outside,
    told on two lines.
    """

    model_config = ConfigDict(json_schema_extra={"x-kubernetes-validations": [{"rule": "true"}]})

    colour: Colour | None = Field(default=None, description="Its colour.")
    inner: Inner = Field(default=Inner(), description="What is in it.")
    names: tuple[Annotated[str, Field(max_length=3)], ...] = Field(max_length=2)


def test_references_are_written_out_and_the_field_keeps_its_own_description() -> None:
    colour = structural(Outer)["properties"]["colour"]
    assert colour == {"description": "Its colour.", "type": "string", "enum": ["Red", "Blue"]}


def test_an_optional_field_is_absent_not_null() -> None:
    schema = structural(Outer)
    assert "colour" not in schema["required"]
    assert "default" not in schema["properties"]["colour"]


def test_a_group_with_defaults_defaults_to_an_empty_object() -> None:
    inner = structural(Outer)["properties"]["inner"]
    assert inner["default"] == {}
    assert inner["properties"]["size"] == {
        "description": "Its size.",
        "type": "integer",
        "format": "int64",
        "default": 1,
        "minimum": 0,
    }


def test_a_description_is_one_line() -> None:
    assert structural(Outer)["description"] == "Something outside, told on two lines."


def test_bounds_of_lists_and_of_their_items_are_kept() -> None:
    names = structural(Outer)["properties"]["names"]
    assert names == {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}}


def test_rules_of_a_model_are_kept() -> None:
    assert structural(Outer)["x-kubernetes-validations"] == [{"rule": "true"}]


class TwoTypes(BaseModel):
    value: int | str


class OneOf(BaseModel):
    value: Literal["only"]


class Exclusive(BaseModel):
    value: int = Field(gt=0)


@pytest.mark.parametrize("model", [TwoTypes, OneOf, Exclusive])
def test_what_a_structural_schema_lacks_is_refused_with_the_field_named(
    model: type[BaseModel],
) -> None:
    with pytest.raises(SchemaError, match=rf"^{model.__name__}\.value: "):
        structural(model)
