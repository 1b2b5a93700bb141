"""What a run measured, as it lies in its JSON file. Seconds, bytes; CPU in seconds of one core."""

from pydantic import BaseModel, ConfigDict


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cost(_Frozen):
    """A stretch of time, and the CPU that each process used in it."""

    seconds: float
    cpu: dict[str, float]

    def of(self, *names: str) -> float:
        """The CPU seconds of some processes together."""
        return sum(self.cpu.get(name, 0.0) for name in names)


class Convergence(_Frozen):
    """From the first apply until every SIM is Ready."""

    applying: Cost
    whole: Cost
    after_last: float
    """Seconds between the last apply's answer and the last status."""
    status_writes: int


class Floor(_Frozen):
    """The same objects and the same statuses, sent by a bare client."""

    creating: Cost
    patching: Cost


class Cold(_Frozen):
    """An operator that is started on SIMs without any status."""

    whole: Cost
    """From the start of the process to the last status."""
    writing: float
    """Seconds between the first status and the last."""
    status_writes: int


class Sweeps(_Frozen):
    """Sweeps in which nothing has changed."""

    count: int
    calls: int
    seconds: tuple[float, ...]
    """Of each sweep, from its first call to its last answer."""
    period: Cost
    """One sweep with the pause behind it."""
    writes: dict[str, int]
    """What the operator wrote to Kubernetes meanwhile."""


class Reaction(_Frozen):
    """Seconds of single changes."""

    spec_at_rest: tuple[float, ...]
    """From the change's request to the answer of the write at 1NCE."""
    spec_in_sweeps: tuple[float, ...]
    """The same while sweeps and reads of details go on without a pause."""
    portal_after_page: tuple[float, ...]
    """From the answer with the page that shows the change, to the status."""
    portal_after_sweep: tuple[float, ...]
    """From the answer with the last page of that sweep, to the status."""


class Memory(_Frozen):
    """Resident bytes of the operator."""

    base: int
    """With no SIM at 1NCE and none in the cluster."""
    converged: int
    """After it has brought all SIMs to Ready."""
    converging_peak: int
    started: int
    """After a start on SIMs that have their status, and some sweeps."""
    starting_peak: int


class Restart(_Frozen):
    """Starts with one SIM changed while the operator was away."""

    ready: tuple[float, ...]
    """Seconds until `/readyz` says so."""
    decided: tuple[float, ...]
    """Seconds until the changed SIM is written at 1NCE."""
    rewritten: int
    """Statuses of other SIMs that were written, all starts together."""


class Scrape(_Frozen):
    """One scrape of `/metrics`, with a series per SIM where that is on."""

    seconds: float
    cpu: float
    size: int


class Idiomatic(_Frozen):
    """The idiomatic way with kopf, at a 1NCE without a rate limit."""

    sims: int
    settled: int
    """How many of the SIMs were Ready in the time that it had."""
    whole: Cost
    """From the first apply until they were."""
    writes: dict[str, int]
    calls: int
    """At 1NCE."""
    base: int
    converged: int
    peak: int
    refresh: Cost | None
    """Looking at every SIM once more, by its timers; None where that was not measured."""
    refresh_calls: int


class HistoryCosts(_Frozen):
    """A year of the history in one file; seconds, medians of a few where it is asked."""

    days: int
    bytes: int
    """On disk, with so many days of every SIM."""
    writing: float
    """One more day of every SIM, delivered as the operator does."""
    writing_floor: float
    by_namespace: float
    by_sim: float
    by_day: float
    ledger_floor: float
    """A month by namespace, by plain SQL over the days themselves."""


class ConsoleCosts(_Frozen):
    """Views of the console; seconds, medians of a few."""

    memory: int
    """Bytes that the cache took."""
    filling: float
    by_text: float
    by_labels: float
    everything: float
    floor: float
    """The word looked for in a list of the same texts, and what fits put in order."""
    summary: float
    page: float


class Round(_Frozen):
    """Everything at one number of SIMs."""

    sims: int
    server: str
    """The API server's version."""
    convergence: Convergence
    floor: Floor
    cold: Cold
    sweeps: Sweeps
    reaction: Reaction
    memory: Memory
    restart: Restart
    scrape: Scrape
    simulator_busy: float
    """CPU seconds of the simulator in a second of sweeping: near 1 it is the bottleneck."""
    history: HistoryCosts | None = None
    console: ConsoleCosts | None = None
    idiomatic: Idiomatic | None = None


class Report(_Frozen):
    """One run."""

    made: str
    commit: str
    machine: str
    load_before: float
    """The machine's load average (one minute) before the run: above zero, others used it too."""
    rate: int
    rounds: tuple[Round, ...] = ()
