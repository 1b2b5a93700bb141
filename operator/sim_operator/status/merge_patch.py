"""The difference of two JSON values as a merge-patch (RFC 7386).

A merge-patch cannot set a member to null, because null means removal; a null in the new value
therefore counts as an absent member, as it does for the API server where a field is not nullable.
"""

from collections.abc import Mapping, Sequence
from typing import TypeGuard

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def merge_patch(old: Json, new: Json) -> Json | None:
    """What turns `old` into `new`; None where they are the same. Lists are replaced whole."""
    if not isinstance(new, Mapping):
        return None if same(old, new) else new
    if not isinstance(old, Mapping):
        return without_nulls(new)
    patch: dict[str, Json] = {name: None for name in old if new.get(name) is None}
    for name, value in new.items():
        if value is None:
            continue
        if name not in old:
            patch[name] = without_nulls(value)
            continue
        difference = merge_patch(old[name], value)
        if difference is not None:
            patch[name] = difference
    return patch or None


def without_nulls(value: Json) -> Json:
    """The value with the null members of its objects left out; lists stay as they are."""
    if not isinstance(value, Mapping):
        return value
    return {name: without_nulls(one) for name, one in value.items() if one is not None}


def same(one: Json, other: Json) -> bool:
    """Whether two values are the same JSON: for Python alone, 1 equals True."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if _is_list(one) and _is_list(other):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)
