"""Runs a health check as Argo CD does: Lua 5.1, the basic functions and `table`, nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from lupa.lua51 import LuaRuntime  # type: ignore[import-untyped]

CHECKS: Final = Path(__file__).parents[2] / "charts" / "sim-operator" / "files" / "argocd"
STATUSES: Final = frozenset({"Healthy", "Progressing", "Suspended", "Degraded"})

# What Argo CD does not open. Strings lose their methods with the library, as they do there.
_WITHOUT: Final = """
getmetatable("").__index = nil
string, math, io, os, debug, coroutine, package, require, module, python = nil
"""


class Health(NamedTuple):
    """What Argo CD shows of a resource."""

    status: str
    message: str


def check_of(kind: str) -> Path:
    """The file with the health check of a kind."""
    return CHECKS / f"{kind.lower()}.lua"


def health(obj: Mapping[str, Any]) -> Health:
    """What the check of the object's kind says of it.

    Raises:
        LuaError: the script fails, as it would in Argo CD, which then shows Unknown.
    """
    lua = LuaRuntime(register_eval=False, register_builtins=False)
    lua.execute(_WITHOUT)
    lua.globals().obj = _as_lua(lua, obj)
    answer = lua.execute(check_of(str(obj["kind"])).read_text(encoding="utf-8"))
    return Health(str(answer["status"]), str(answer["message"]))


def _as_lua(lua: LuaRuntime, value: Any) -> Any:
    if isinstance(value, Mapping):
        return lua.table_from({key: _as_lua(lua, one) for key, one in value.items()})
    if isinstance(value, list):
        return lua.table_from([_as_lua(lua, one) for one in value])
    return value
