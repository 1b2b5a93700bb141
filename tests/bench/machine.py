"""What processes cost, as the kernel counts it."""

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.bench.results import Cost

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Seconds of all cores that a process has used so far, its kernel time included."""
    # The name may hold blanks and brackets: what counts comes after the last bracket.
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    user, system = fields.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


def resident_bytes(pid: int) -> int:
    """What a process holds in memory now."""
    return _status(pid, "VmRSS")


def peak_bytes(pid: int) -> int:
    """The most that a process ever held in memory."""
    return _status(pid, "VmHWM")


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise ValueError(f"/proc/{pid}/status has no {field}")


def descendant(name: str) -> int | None:
    """The process below this one that runs the program `name`; None where there is none."""
    for process in psutil.Process().children(recursive=True):
        try:
            if process.name() == name[:15]:
                return int(process.pid)
        except psutil.NoSuchProcess:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Reading:
    """CPU seconds of some processes at one moment (monotonic seconds)."""

    at: float
    cpu: dict[str, float]

    def since(self, before: "Reading") -> Cost:
        """What was used since `before`; a process that has started meanwhile, from its start."""
        used = {name: spent - before.cpu.get(name, 0.0) for name, spent in self.cpu.items()}
        return Cost(seconds=self.at - before.at, cpu=used)


def read_cpu(processes: Iterable[tuple[str, int | None]]) -> Reading:
    """The CPU seconds of each named process that is there, and of this one."""
    cpu = {name: cpu_seconds(pid) for name, pid in processes if pid is not None}
    cpu["bench"] = time.process_time()
    return Reading(time.monotonic(), cpu)
