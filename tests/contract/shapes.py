"""Shapes of JSON as data: which fields, of which type and form; anything else is a problem."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

Rule = Callable[[Any], bool]
# A rule; an object (name, or "name?" where it may be missing); or a list of one shape.
Shape = Rule | dict[str, Any] | list[Any]


def text(value: Any) -> bool:
    return isinstance(value, str)


def integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def boolean(value: Any) -> bool:
    return isinstance(value, bool)


def null(value: Any) -> bool:
    return value is None


@dataclass(frozen=True)
class Matching:
    """A string of a form."""

    pattern: str

    def __call__(self, value: Any) -> bool:
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None


@dataclass(frozen=True)
class OneOf:
    """One of some values, or one of some rules."""

    choices: tuple[Any, ...]

    def __call__(self, value: Any) -> bool:
        return any(
            choice(value) if callable(choice) else choice == value and type(choice) is type(value)
            for choice in self.choices
        )


def one_of(*choices: Any) -> OneOf:
    return OneOf(choices)


digits = Matching(r"\d+")
decimal = Matching(r"\d+\.\d{6}")
numeric_offset = Matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
iso = Matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
spaced = Matching(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
address = Matching(r"\d{1,3}(\.\d{1,3}){3}")


def problems(value: Any, shape: Shape, path: str = "$") -> list[str]:
    """What is wrong with a value; empty where nothing is."""
    if isinstance(shape, dict):
        return _object_problems(value, shape, path)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [p for i, item in enumerate(value) for p in problems(item, shape[0], f"{path}[{i}]")]
    return [] if shape(value) else [f"{path}: {value!r} breaks {shape}"]


def _object_problems(value: Any, shape: dict[str, Any], path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: no object"]
    found = []
    names = {name.removesuffix("?"): name for name in shape}
    found += [f"{path}.{name}: not documented" for name in value.keys() - names.keys()]
    for name, written in names.items():
        if name in value:
            found += problems(value[name], shape[written], f"{path}.{name}")
        elif not written.endswith("?"):
            found.append(f"{path}.{name}: missing")
    return found


def check(answer: httpx.Response, shape: Shape, status: int = 200) -> Any:
    """The body of an answer, which must be of the shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert problems(body, shape) == []
    return body
