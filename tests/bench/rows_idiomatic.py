"""The rows that show the idiomatic way with kopf beside the operator: times as much as ours."""

from collections.abc import Callable

from tests.bench.results import Idiomatic, Round
from tests.bench.rows_shape import Measured, Row, times
from tests.bench.sweeps import pages_of

_CHAPTER = "Idiomatic kopf / ours"
_AIM = "≥ 5×"
_OBJECTS = ("sims", "sims/status")

Compare = Callable[[Round, Idiomatic, int], Measured | None]


def idiomatic_rows() -> tuple[Row, ...]:
    """Writes, CPU, memory, convergence, and what the rate limit makes of it."""
    return (
        _row("writes to Kubernetes until all are Ready", _writes),
        _row("CPU of the operator until all are Ready", _cpu),
        _row("time until all are Ready, without 1NCE's rate limit", _time),
        _row("the same with 1NCE's rate limit (theirs computed: one call a SIM)", _limited),
        _row("memory above the base, a SIM", _memory),
        _row("calls at 1NCE to look at every SIM once", _calls),
        _row("CPU of the operator to look at every SIM once", _refresh),
        _row("time to look at every SIM once at the rate limit (computed)", _refresh_limited),
        _row("CPU of the API server until all are Ready", _server),
    )


def _row(what: str, compare: Compare) -> Row:
    def measure(one: Round, rate: int) -> Measured | None:
        return None if one.idiomatic is None else compare(one, one.idiomatic, rate)

    return Row(_CHAPTER, what, measure, _AIM, least=5.0)


def _extrapolated(them: Idiomatic) -> tuple[float, str]:
    """By what their figures are multiplied where not all SIMs settled in time; and the mark."""
    if them.settled >= them.sims:
        return 1.0, ""
    return them.sims / max(1, them.settled), f"; ~ from {them.settled:,} SIMs"


def _writes(one: Round, them: Idiomatic, _: int) -> Measured:
    factor, note = _extrapolated(them)
    theirs = sum(them.writes.get(name, 0) for name in _OBJECTS) * factor
    return times(theirs, one.convergence.status_writes, "writes", note=note)


def _cpu(one: Round, them: Idiomatic, _: int) -> Measured:
    factor, note = _extrapolated(them)
    ours = one.convergence.whole.of("operator")
    return times(them.whole.of("operator") * factor, ours, "s", note=note)


def _server(one: Round, them: Idiomatic, _: int) -> Measured:
    factor, note = _extrapolated(them)
    ours = one.convergence.whole.of("API server")
    return times(them.whole.of("API server") * factor, ours, "s", note=note)


def _time(one: Round, them: Idiomatic, _: int) -> Measured:
    factor, note = _extrapolated(them)
    return times(them.whole.seconds * factor, one.convergence.whole.seconds, "s", note=note)


def _limited(one: Round, them: Idiomatic, rate: int) -> Measured:
    factor, _ = _extrapolated(them)
    theirs = max(them.whole.seconds * factor, them.sims / rate)
    return times(theirs, one.convergence.whole.seconds, "s", note="; ~")


def _memory(one: Round, them: Idiomatic, _: int) -> Measured:
    theirs = (them.converged - them.base) / max(1, them.settled) / 1000
    ours = (one.memory.converged - one.memory.base) / one.sims / 1000
    return times(theirs, ours, "KB")


def _calls(one: Round, them: Idiomatic, _: int) -> Measured:
    return times(them.sims, pages_of(one.sims), "calls")


def _refresh(one: Round, them: Idiomatic, _: int) -> Measured | None:
    if them.refresh is None:
        return None
    return times(them.refresh.of("operator"), one.sweeps.period.of("operator"), "s")


def _refresh_limited(one: Round, them: Idiomatic, rate: int) -> Measured:
    return times(them.sims / rate, sum(one.sweeps.seconds) / one.sweeps.count, "s", note="; ~")
