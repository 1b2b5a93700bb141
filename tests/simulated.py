"""The simulator as a process of its own, with a hand on its controls."""

import os
import queue
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Self

import httpx

from sim_operator.simulator.config import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
from tests.tether import tethered

START_TIME = "2026-11-15T12:00:00Z"
"""A moment for tests whose figures must not depend on the day on which they run."""


class SimulatorProcess:
    """``sim-operator simulate``; a context manager. Port 0 takes a free one.

    Time runs from now unless ``speed`` (0 stands still) or ``start_time`` say so.
    """

    def __init__(
        self,
        sims: int = 60,
        *,
        port: int = 0,
        seed: int = 1,
        speed: float = 1.0,
        omitted: str = "keep",
        rate_limit: int = 10,
        token_lifetime: float = 3600.0,
        start_time: str | None = None,
        oddities: bool = True,
    ) -> None:
        self._arguments = [
            *("--port", str(port), "--sims", str(sims), "--seed", str(seed), "--speed", str(speed)),
            *("--omitted", omitted, "--rate-limit", str(rate_limit)),
            *("--token-lifetime", str(token_lifetime)),
        ]
        if start_time is not None:
            self._arguments += ["--start-time", start_time]
        if not oddities:
            self._arguments.append("--no-oddities")
        self.client_id, self.client_secret = DEMO_CLIENT_ID, DEMO_CLIENT_SECRET
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._control: httpx.Client | None = None

    @property
    def endpoint(self) -> str:
        """What a client takes for 1NCE's address."""
        return f"{self.url}/management-api"

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it listens."""
        self._process = subprocess.Popen(
            tethered([sys.executable, "-m", "sim_operator", "simulate", *self._arguments]),
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {"ONCE_CLIENT_ID": self.client_id, "ONCE_CLIENT_SECRET": self.client_secret},
        )
        lines: queue.Queue[str] = queue.Queue()
        stdout = self._process.stdout
        assert stdout is not None
        threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
        try:
            line = lines.get(timeout=60)
        except queue.Empty:
            line = ""
        if not line.startswith("simulator listening on "):
            self.stop()
            raise RuntimeError(f"the simulator did not start: {line!r}")
        self.url = line.rsplit(" ", 1)[1].strip()
        self._control = httpx.Client(timeout=30, trust_env=False)
        return self

    def stop(self) -> int:
        """End the process, if it was started; returns its exit code."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            code = self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait(timeout=15)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def client(self) -> httpx.Client:
        """A client with a token, to be closed by the caller."""
        answer = httpx.post(
            f"{self.endpoint}/oauth/token",
            auth=(self.client_id, self.client_secret),
            json={"grant_type": "client_credentials"},
            timeout=10,
            trust_env=False,
        )
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        return httpx.Client(base_url=self.endpoint, headers=headers, timeout=10, trust_env=False)

    def control(self, method: str, path: str, **kwargs: Any) -> Any:
        """One call of ``/_control``; the JSON answer, None where there is none."""
        assert self._control is not None, "the simulator does not run"
        answer = self._control.request(method, f"{self.url}/_control/{path}", **kwargs)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def reset(self) -> None:
        """Begin anew, as it was started: for tests that share a process."""
        self.control("POST", "reset")

    def journal(self, since: int = 0, writes: bool = False) -> list[dict[str, Any]]:
        """Entries after number ``since``, oldest first."""
        kind = "writes" if writes else "calls"
        answer = self.control("GET", "journal", params={"since": since, "kind": kind})
        entries: list[dict[str, Any]] = answer["entries"]
        return entries

    def last_entry(self) -> int:
        """The number of the newest entry: what ``journal(since=…)`` takes."""
        return int(self.control("GET", "journal", params={"limit": 1})["last"])

    def sims(self, customer: str = "default") -> list[dict[str, Any]]:
        """The whole truth about all present SIMs of a customer."""
        found: list[dict[str, Any]] = []
        while True:
            query = {"offset": str(len(found)), "limit": "10000", "customer": customer}
            page = self.control("GET", "sims", params=query)
            found += page["sims"]
            if len(found) >= page["total"] or not page["sims"]:
                return found

    def sim(self, iccid: str) -> dict[str, Any]:
        """The whole truth about one SIM."""
        answer: dict[str, Any] = self.control("GET", f"sims/{iccid}")
        return answer

    def patch_sim(self, iccid: str, **changes: Any) -> dict[str, Any]:
        """Change a SIM as a person in the portal; what it is then."""
        answer: dict[str, Any] = self.control("PATCH", f"sims/{iccid}", json=changes)
        return answer

    def add_sims(self, count: int) -> list[str]:
        """Buy SIMs; their ICCIDs."""
        iccids: list[str] = self.control("POST", "sims", json={"count": count})["iccids"]
        return iccids

    def transfer_away(self, iccid: str, answer: int = 404) -> None:
        """The SIM leaves the account; 403 or 404 is what it answers from then on."""
        self.control("DELETE", f"sims/{iccid}", params={"answer": str(answer)})

    def bring_back(self, iccid: str) -> None:
        """A SIM that left is in the account again."""
        self.patch_sim(iccid, present=True)

    def fault(self, kind: str, **spec: Any) -> int:
        """Put a fault into force; its number."""
        return int(self.control("POST", "faults", json={"kind": kind, **spec})["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force and what they hit."""
        answer: list[dict[str, Any]] = self.control("GET", "faults")
        return answer

    def clear_faults(self) -> None:
        """End all faults."""
        self.control("DELETE", "faults")

    def advance(self, seconds: float) -> None:
        """Move simulated time forward."""
        self.control("POST", "time", json={"advance_seconds": seconds})

    def move_to(self, moment: str) -> None:
        """Move simulated time forward to this RFC 3339 time."""
        self.control("POST", "time", json={"now": moment})

    def quirks(self, **changes: Any) -> dict[str, Any]:
        """Change quirks; those in force then."""
        answer: dict[str, Any] = self.control("POST", "quirks", json=changes)
        return answer

    def revoke_tokens(self) -> int:
        """Make all tokens worthless; how many."""
        return int(self.control("POST", "tokens/revoke")["revoked"])

    def rotate_credentials(self, *pairs: dict[str, str], **customers: int) -> None:
        """Accept these pairs only; ``customers``: how many SIMs a new customer has."""
        body = {"pairs": list(pairs), "customers": customers}
        self.control("PUT", "credentials", json=body)

    def summary(self) -> dict[str, Any]:
        """Counts of SIMs, calls, writes, paid calls and refusals."""
        answer: dict[str, Any] = self.control("GET", "summary")
        return answer
