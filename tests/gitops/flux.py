"""Reads health as Flux does where a Kustomization has healthCheckExprs.

As `StatusEvaluator` of `github.com/fluxcd/pkg/runtime/cel` (v0.110) has it: `observedGeneration`,
then `inProgress`, `failed` and `current`. An expression that fails, because a field is not there
yet, makes Flux ask again: InProgress.
"""

from collections.abc import Mapping
from typing import Any

from celpy import Environment
from celpy.adapter import json_to_cel
from celpy.celtypes import MapType
from celpy.evaluation import CELEvalError

_ORDER = (("inProgress", "InProgress"), ("failed", "Failed"), ("current", "Current"))


def flux_status(obj: Mapping[str, Any], expressions: Mapping[str, str]) -> str:
    """Current, InProgress or Failed, by the expressions of the object's kind."""
    observed = (obj.get("status") or {}).get("observedGeneration")
    if observed is not None and observed != obj["metadata"]["generation"]:
        return "InProgress"
    for name, status in _ORDER:
        if name in expressions:
            try:
                if _holds(expressions[name], obj):
                    return status
            except CELEvalError:
                return "InProgress"
    return "InProgress"


def _holds(expression: str, obj: Mapping[str, Any]) -> bool:
    environment = Environment()
    program = environment.program(environment.compile(expression))
    given = json_to_cel(dict(obj))
    assert isinstance(given, MapType)
    return bool(program.evaluate({str(name): value for name, value in given.items()}))
