"""A SIM of the simulator becomes Ready and is heard of, through a resource made for the check."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import httpx

from sim_operator.api.names import SIM_KIND, ReadyReason
from sim_operator.domain.resources import Key
from sim_operator.installing import web
from sim_operator.installing.checks import Check, Report, Verdict, settle, settled
from sim_operator.installing.cluster import Body, objects
from sim_operator.installing.made_sim import (
    NotMadeError,
    clean_up,
    made_sim,
    manifest,
    new_key,
)
from sim_operator.installing.patience import Patience
from sim_operator.installing.resources import (
    ReadyCheck,
    readiness,
    ready_condition,
    unread,
)
from sim_operator.installing.simulated import Supply, claims, supply
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS

_SIMS: Final = KINDS[SIM_KIND]


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Takes an ICCID that no resource claims, makes a resource for it, and deletes that again."""

    http: httpx.AsyncClient
    api: ApiClient
    simulator: httpx.URL
    namespace: str
    account: Key | None
    arrivals: Callable[[Key], Sequence[Check]]
    """The checks that a SIM is heard of."""
    patience: Patience
    report: Report

    async def run(self) -> None:
        """Make the checks; what was made is deleted in every case."""
        choice = _Choice(self)
        began = self.patience.spent
        verdict = await settled(choice, self.patience)
        if not verdict.holds:
            self.report.settled(choice.name, verdict, self.patience.spent - began)
        elif choice.supply.free:
            await self._with_own(choice.supply.free)
        else:
            await self._with_claimed(choice.supply.claimed)

    async def sims(self) -> list[Body]:
        """All SIM resources, or those of the one namespace where no more may be seen.

        Raises:
            ApiError: they could not be listed.
        """
        try:
            return await objects(self.api, _SIMS.collection(None), self.patience)
        except ApiError as error:
            if not error.forbidden:
                raise
        return await objects(self.api, _SIMS.collection(self.namespace), self.patience)

    def not_deleted(self, key: Key, verdict: Verdict) -> None:
        """A resource of this check, or of an earlier one, is still there."""
        self.report.settled(f"SIM {key}", verdict, 0.0)

    async def _with_own(self, iccids: Sequence[str]) -> None:
        for iccid in iccids:
            key = new_key(self.namespace)
            check = _OwnSim(ReadyCheck(self.api, _SIMS, key, self.patience), iccid)
            began = self.patience.spent
            body = manifest(key, iccid, self.account)
            try:
                async with made_sim(self.api, key, body, self.patience, self.not_deleted):
                    verdict = await settled(check, self.patience)
                    if check.conflicts and iccid != iccids[-1]:
                        continue
                    self.report.settled(check.name, verdict, self.patience.spent - began)
                    await self._heard_of(key, verdict)
            except NotMadeError as error:
                self.report.settled(check.name, error.verdict, self.patience.spent - began)
            return

    async def _with_claimed(self, iccids: frozenset[str]) -> None:
        check = _ClaimedSim(self, iccids)
        verdict = await settle(check, self.patience, self.report)
        if check.ready is not None:
            await self._heard_of(check.ready, verdict)

    async def _heard_of(self, key: Key, verdict: Verdict) -> None:
        if not verdict.holds:
            for check in self.arrivals(key):
                self.report.left_out(check.name, "the SIM is not Ready")
            return
        async with asyncio.TaskGroup() as group:
            for check in self.arrivals(key):
                group.create_task(settle(check, self.patience, self.report), name=check.name)


@dataclass(slots=True)
class _Choice:
    """That the simulator has a SIM for this check."""

    borrowing: Borrowing
    supply: Supply = field(default_factory=lambda: Supply([], frozenset()))

    @property
    def name(self) -> str:
        return f"a SIM of {web.shown(self.borrowing.simulator)}"

    async def look(self) -> Verdict:
        part = self.borrowing
        try:
            await clean_up(
                part.api, part.namespace, part.patience, datetime.now(UTC), part.not_deleted
            )
            taken = {iccid for one in await part.sims() if (iccid := claims(one)) is not None}
            self.supply = await supply(part.http, part.simulator, taken)
        except ApiError as error:
            return unread(error, part.namespace, part.patience)
        except web.NoAnswerError as error:
            return error.verdict
        if self.supply.free or self.supply.claimed:
            return Verdict(True, "found")
        return Verdict(
            False,
            "it has none that is neither expired nor used up",
            "Give it more SIMs (simulator.sims in the chart).",
        )

    async def explain(self) -> str:
        return ""


@dataclass(slots=True)
class _OwnSim:
    """That the resource which was made for this check becomes Ready."""

    inner: ReadyCheck
    iccid: str
    conflicts: bool = False
    """Whether somebody else claims the ICCID, where this check may not look."""

    @property
    def name(self) -> str:
        return f"{self.inner.name} (made for this check, ICCID {self.iccid})"

    async def look(self) -> Verdict:
        body = await self.inner.read()
        if isinstance(body, Verdict):
            return body
        verdict = readiness(_SIMS, self.inner.key, body)
        reason = ready_condition(body).get("reason")
        self.conflicts = reason == ReadyReason.CONFLICT
        if verdict.holds or reason is None:
            return verdict
        advice = (
            "Grant this ServiceAccount list on sims in all namespaces, so that it sees who does."
            if self.conflicts
            else "Read the log of the operator; the resource is deleted again, so make one of "
            "your own to look closer."
        )
        return replace(verdict, advice=advice, final=self.conflicts)

    async def explain(self) -> str:
        return ""


@dataclass(slots=True)
class _ClaimedSim:
    """That one of the resources that claim the simulator's SIMs is Ready: all are claimed."""

    borrowing: Borrowing
    iccids: frozenset[str]
    ready: Key | None = None

    @property
    def name(self) -> str:
        return f"one of the SIMs that claim those of {web.shown(self.borrowing.simulator)}"

    async def look(self) -> Verdict:
        try:
            sims = await self.borrowing.sims()
        except ApiError as error:
            return unread(error, self.borrowing.namespace, self.borrowing.patience)
        claiming = [one for one in sims if claims(one) in self.iccids]
        for body in claiming:
            key = Key(body["metadata"]["namespace"], body["metadata"]["name"])
            verdict = readiness(_SIMS, key, body)
            if verdict.holds:
                self.ready = key
                return replace(verdict, found=f"{key} is {verdict.found}")
        return Verdict(
            False,
            f"none of {len(claiming)} is Ready",
            "See what they say: kubectl get sims -A",
        )

    async def explain(self) -> str:
        return ""
