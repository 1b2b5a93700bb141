"""Applications as Argo CD shows them, and a witness of every change of one."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.e2e.argocd.argo import ArgoCD
from tests.e2e.argocd.settings import APPLICATIONS, NAMESPACE
from tests.e2e.hands import Hands, Json

REFRESH: Final = "argocd.argoproj.io/refresh"
SYNC_LIMIT_SECONDS: Final = 300.0
DELETION_LIMIT_SECONDS: Final = 180.0
WATCH_MARGIN_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class State:
    """What Argo CD says of an Application at a moment."""

    sync: str = ""
    health: str = ""
    phase: str = ""
    message: str = ""
    revisions: tuple[str, ...] = ()
    reconciled: str = ""
    began: str = ""

    @property
    def settled(self) -> bool:
        """Whether all is as in Git, well, and done."""
        return (self.sync, self.health, self.phase) == ("Synced", "Healthy", "Succeeded")


def state_of(application: Mapping[str, Any]) -> State:
    """The state that an object shows."""
    status = application.get("status") or {}
    sync, operation = status.get("sync") or {}, status.get("operationState") or {}
    return State(
        sync=sync.get("status", ""),
        health=(status.get("health") or {}).get("status", ""),
        phase=operation.get("phase", ""),
        message=operation.get("message", ""),
        revisions=tuple(sync.get("revisions") or filter(None, [sync.get("revision")])),
        reconciled=status.get("reconciledAt", ""),
        began=operation.get("startedAt", ""),
    )


class Application:
    """One Application; its hands are those of a person with kubectl."""

    def __init__(self, argocd: ArgoCD, hands: Hands, manifest: Mapping[str, Any]) -> None:
        """Apply it."""
        self._argocd, self._hands = argocd, hands
        self.name = str(manifest["metadata"]["name"])
        hands.apply(manifest)

    @property
    def path(self) -> str:
        """Of the API."""
        return f"{APPLICATIONS}/{self.name}"

    def get(self) -> Json:
        """The object; empty where it is gone."""
        return self._hands.get(self.path) or {}

    def state(self) -> State:
        """What Argo CD says of it now."""
        return state_of(self.get())

    def resources(self) -> list[Json]:
        """What it manages, with the health of each."""
        found: list[Json] = (self.get().get("status") or {}).get("resources") or []
        return found

    def refresh(self) -> None:
        """Look into Git now, as after a webhook, and wait until that is done.

        A wish that stands already may be answered with what was looked up before this one.
        """
        self._hands.until(self._is_refreshed, f"{self.name} has no wish open")
        self._kubectl("annotate", f"{REFRESH}=normal")
        self._hands.until(self._is_refreshed, f"{self.name} is refreshed")

    def patch(self, change: Mapping[str, Any]) -> None:
        """Change its spec or annotations."""
        self._kubectl("patch", "--type=merge", f"--patch={json.dumps(change)}")

    def sync(self, *options: str) -> None:
        """Sync now, also where nothing differs, and wait for the end of it."""
        before = self.state().began
        self.patch({"operation": {"sync": {"syncOptions": list(options)}}})
        self.until(lambda state: state.began != before and state.settled, "is synced again", 120)

    def until(self, holds: Callable[[State], bool], what: str, seconds: float) -> State:
        """Wait for a state; where it does not come the test fails and tells what there is."""

        def found() -> State | None:
            if failure := self._argocd.failure():
                raise AssertionError(failure)
            state = self.state()
            return state if holds(state) else None

        try:
            return self._hands.until(found, f"{self.name} {what}", seconds) or State()
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.state()}\n{self._troubled()}") from error

    def until_settled(self, revision: str = "", seconds: float = SYNC_LIMIT_SECONDS) -> State:
        """Wait until it is Synced and Healthy, at a revision where one is given."""
        return self.until(
            lambda state: state.settled and (not revision or revision in state.revisions),
            f"is settled at {revision or 'its revision'}",
            seconds,
        )

    def delete(self) -> None:
        """Ask for its end; its finalizer takes what it manages along."""
        self._kubectl("delete", "--wait=false")

    def until_gone(self, seconds: float = DELETION_LIMIT_SECONDS) -> None:
        """Wait for its end."""
        self._hands.until(lambda: not self.get(), f"{self.name} is gone", seconds)

    def _is_refreshed(self) -> bool:
        return REFRESH not in self.get()["metadata"].get("annotations", {})

    def _kubectl(self, verb: str, *options: str) -> None:
        where = ("application", self.name, f"--namespace={NAMESPACE}")
        self._hands.kubectl(verb, *where, *options)

    def _troubled(self) -> str:
        status = self.get().get("status") or {}
        unwell = [
            f"{one['kind']} {one['name']}: {one.get('status')} {one.get('health')}"
            for one in status.get("resources") or ()
            if one.get("status") != "Synced"
            or (one.get("health") or {}).get("status", "Healthy") != "Healthy"
        ]
        conditions = [str(one) for one in status.get("conditions") or ()]
        log = self._argocd.tail("argocd-application-controller")
        return "\n".join([*conditions, *unwell[:30], log])


@dataclass
class Witness:
    """Every state that an Application showed."""

    states: list[State] = field(default_factory=list)

    def said(self, word: str) -> list[State]:
        """States in which this was its sync status."""
        return [one for one in self.states if one.sync == word]

    @property
    def comparisons(self) -> int:
        """How often Argo CD compared it with Git."""
        return len({one.reconciled for one in self.states if one.reconciled})


@contextmanager
def witness(
    hands: Hands, application: Application, seconds: float, *, whole: bool = True
) -> Iterator[Witness]:
    """Watch an Application for so many seconds; unless `whole`, only until the block ends.

    Raises:
        AssertionError: at the end, where the watch was cut short.
    """
    begun, seen, cut = time.monotonic(), Witness(), list[BaseException]()
    stop = threading.Event()
    query = {"watch": "true", "timeoutSeconds": str(int(seconds))}
    query["fieldSelector"] = f"metadata.name={application.name}"
    limit = httpx.Timeout(10, read=seconds + WATCH_MARGIN_SECONDS)

    def follow() -> None:
        try:
            with hands.http.stream("GET", APPLICATIONS, params=query, timeout=limit) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    if stop.is_set():
                        return
                    seen.states.append(state_of(json.loads(line)["object"]))
        except (httpx.HTTPError, ValueError, KeyError) as error:
            cut.append(error)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    yield seen
    if not whole:
        stop.set()
        application.refresh()  # a change, so that the watch tells something and lets go
    thread.join(seconds + WATCH_MARGIN_SECONDS)
    assert not cut, f"the watch was cut: {cut}"
    assert not thread.is_alive(), "the watch does not end"
    assert not whole or time.monotonic() - begun >= seconds - 1, "the watch ended early"
