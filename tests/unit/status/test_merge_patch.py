"""The difference of two values, applied, gives the new one."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.status.merge_patch import Json, merge_patch, same, without_nulls

SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"])
NAMES = st.sampled_from(["a", "b", "c", "d"])
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


def apply(target: Json, patch: Json) -> Json:
    """RFC 7386, section 2, word for word."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = apply(result.get(name), value)
    return result


@given(old=OBJECTS, new=OBJECTS)
def test_applying_the_patch_gives_the_new_value(old: Json, new: Json) -> None:
    patch = merge_patch(without_nulls(old), new)
    patched = without_nulls(old) if patch is None else apply(without_nulls(old), patch)
    assert same(patched, without_nulls(new))


@given(value=OBJECTS)
def test_a_value_does_not_differ_from_itself(value: Json) -> None:
    assert merge_patch(without_nulls(value), value) is None


@given(old=OBJECTS, new=OBJECTS)
def test_there_is_no_patch_only_where_nothing_differs(old: Json, new: Json) -> None:
    plain_old, plain_new = without_nulls(old), without_nulls(new)
    assert (merge_patch(plain_old, plain_new) is None) is same(plain_old, plain_new)


@pytest.mark.parametrize(
    ("old", "new", "patch"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, {"b": None}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1, "y": 3}}, {"a": {"y": 3}}),
        ({"a": [1, 2]}, {"a": [1, 3]}, {"a": [1, 3]}),
        ({"a": 1}, {"a": True}, {"a": True}),
        ({}, {"a": {}}, {"a": {}}),
        ({"a": {"x": 1}}, {"a": {}}, {"a": {"x": None}}),
        ({"a": "b"}, {"a": {"x": None}}, {"a": {}}),
    ],
)
def test_only_what_differs_is_sent(old: Json, new: Json, patch: Json) -> None:
    assert merge_patch(old, new) == patch
