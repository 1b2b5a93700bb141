"""The operator's rows of the table."""

import statistics
from collections.abc import Callable, Sequence

from tests.bench.results import Round
from tests.bench.rows_shape import Measured, Row, amount, quantile, ratio
from tests.bench.statuses import SIM_STATUS
from tests.bench.sweeps import pages_of

FEW = 10
_SERVERS = ("API server", "etcd")
_QUIET = (SIM_STATUS, "sims", "quotapolicies/status", "events")
"""What a quiet sweep must not write; the account's status and the Lease move."""


def own_rows() -> tuple[Row, ...]:
    """Convergence, sweep, reaction, memory, restart."""
    return (*_convergence(), *_sweep(), *_reaction(), *_memory(), *_restart())


def _convergence() -> tuple[Row, ...]:
    chapter = "Convergence"
    return (
        Row(
            chapter,
            "last SIM applied → all Ready / the same status patches by a bare client",
            lambda one, _: ratio(one.convergence.after_last, one.floor.patching.seconds),
            "≤ 1.3×",
            most=1.3,
        ),
        Row(
            chapter,
            "first SIM applied → all Ready / bare apply, then bare patches",
            lambda one, _: ratio(
                one.convergence.whole.seconds,
                one.floor.creating.seconds + one.floor.patching.seconds,
            ),
        ),
        Row(
            chapter,
            "the same in CPU of all processes",
            lambda one, _: ratio(
                one.convergence.whole.of("operator", "bench", *_SERVERS),
                one.floor.creating.of("bench", *_SERVERS)
                + one.floor.patching.of("bench", *_SERVERS),
            ),
        ),
        Row(
            chapter,
            "started on N SIMs without status: first status → last / bare patches",
            lambda one, _: ratio(one.cold.writing, one.floor.patching.seconds),
            "≤ 1.3×",
            most=1.3,
        ),
        Row(
            chapter,
            f"status writes / N (N + {FEW} at most)",
            lambda one, _: _writes(max(one.convergence.status_writes, one.cold.status_writes), one),
            f"≤ N + {FEW}",
            most=0.0,
        ),
        Row(
            chapter,
            "operator's CPU, a SIM",
            lambda one, _: _figure(1000 * one.convergence.whole.of("operator") / one.sims, "ms"),
        ),
    )


def _writes(count: int, one: Round) -> Measured:
    """Judged: how many are above the allowed number."""
    return Measured(count - one.sims - FEW, f"{count / one.sims:.3f}× ({count:,} / {one.sims:,})")


def _sweep() -> tuple[Row, ...]:
    chapter = "Sweep"
    return (
        Row(
            chapter,
            "list calls / ⌈N/100⌉",
            lambda one, _: ratio(one.sweeps.calls, one.sweeps.count * pages_of(one.sims), "calls"),
            "1×",
            most=1.0,
            least=1.0,
        ),
        Row(
            chapter,
            "time / ⌈N/100⌉ calls at the rate limit",
            lambda one, rate: ratio(statistics.mean(one.sweeps.seconds), pages_of(one.sims) / rate),
        ),
        Row(
            chapter,
            "operator's CPU, a sweep of 10,000 with the pause behind it",
            lambda one, _: _figure(one.sweeps.period.of("operator") * 10_000 / one.sims, "s"),
        ),
        Row(
            chapter,
            "writes to Kubernetes in quiet sweeps, but for the account's status and the Lease",
            lambda one, _: _figure(
                sum(
                    count
                    for target, count in one.sweeps.writes.items()
                    if target.startswith(_QUIET)
                ),
                f"in {one.sweeps.count} sweeps",
            ),
            "0",
            most=0.0,
        ),
        Row(
            chapter,
            "one scrape of /metrics (a series per SIM up to 20,000): operator's CPU",
            lambda one, _: Measured(
                one.scrape.cpu, f"{amount(one.scrape.cpu)} s ({amount(one.scrape.size / 1e6)} MB)"
            ),
        ),
        Row(
            chapter,
            "simulator's CPU while a sweep reads it (1 = it is the bottleneck)",
            lambda one, _: _figure(one.simulator_busy, "of a core"),
        ),
    )


def _reaction() -> tuple[Row, ...]:
    chapter = "Reaction"
    return (
        Row(
            chapter,
            "spec change → written at 1NCE, at rest: p50, p99",
            _percentiles(lambda one: one.reaction.spec_at_rest),
            "p99 < 1 s",
            most=1.0,
        ),
        Row(
            chapter,
            "the same while sweeps and details go on without a pause",
            _percentiles(lambda one: one.reaction.spec_in_sweeps),
            "p99 < 1 s",
            most=1.0,
        ),
        Row(
            chapter,
            "portal change → status, after the page that shows it: p50, p99",
            _percentiles(lambda one: one.reaction.portal_after_page),
        ),
        Row(
            chapter,
            "portal change → status, after that sweep's last page: p50, p99",
            _percentiles(lambda one: one.reaction.portal_after_sweep),
        ),
    )


def _percentiles(
    samples: Callable[[Round], Sequence[float]],
) -> Callable[[Round, int], Measured | None]:
    def measure(one: Round, _: int) -> Measured | None:
        values = samples(one)
        if not values:
            return None
        middle, high = quantile(values, 0.5), quantile(values, 0.99)
        return Measured(high, f"{middle:.2f} s, {high:.2f} s ({len(values)} changes)")

    return measure


def _memory() -> tuple[Row, ...]:
    chapter = "Memory"
    return (
        Row(
            chapter,
            "base",
            lambda one, _: _figure(one.memory.base / 1e6, "MB"),
            "< 100 MB",
            most=100.0,
        ),
        Row(
            chapter,
            "above the base, a SIM: after a start",
            lambda one, _: _per_sim(one.memory.started, one),
            "≤ 5 KB at 10,000",
            most=5.0,
            aim_at=10_000,
        ),
        Row(
            chapter,
            "above the base, a SIM: after bringing all to Ready",
            lambda one, _: _per_sim(one.memory.converged, one),
            "≤ 5 KB at 10,000",
            most=5.0,
            aim_at=10_000,
        ),
        Row(
            chapter,
            "peak at a start / what stays",
            lambda one, _: ratio(one.memory.starting_peak / 1e6, one.memory.started / 1e6, "MB"),
        ),
    )


def _per_sim(held: int, one: Round) -> Measured:
    kilobytes = (held - one.memory.base) / one.sims / 1000
    return Measured(kilobytes, f"{kilobytes:.1f} KB ({held / 1e6:.0f} MB)")


def _restart() -> tuple[Row, ...]:
    chapter = "Restart"
    return (
        Row(
            chapter,
            "start → SIM changed meanwhile is written at 1NCE / one sweep at the rate limit",
            lambda one, rate: ratio(
                statistics.median(one.restart.decided), pages_of(one.sims) / rate
            ),
        ),
        Row(
            chapter,
            "start → /readyz",
            lambda one, _: _figure(statistics.median(one.restart.ready), "s"),
        ),
        Row(
            chapter,
            "statuses rewritten by a start",
            lambda one, _: _figure(one.restart.rewritten, f"in {len(one.restart.ready)} starts"),
            "0",
            most=0.0,
        ),
    )


def _figure(value: float, unit: str) -> Measured:
    return Measured(value, f"{amount(value)} {unit}")
