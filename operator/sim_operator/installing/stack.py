"""`sim-operator check stack`: every service answers, a SIM becomes Ready, a metric arrives."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import httpx

from sim_operator.api.names import ACCOUNT_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.installing import web
from sim_operator.installing.arrivals import (
    SIM_COUNT,
    ArrivalCheck,
    PerSim,
    Series,
    Source,
    of_account,
    of_sim,
)
from sim_operator.installing.borrowing import Borrowing
from sim_operator.installing.checks import Check, Report, settle
from sim_operator.installing.complaints import BadInputError
from sim_operator.installing.metrics_page import MetricsPage
from sim_operator.installing.patience import Patience
from sim_operator.installing.prometheus import Prometheus
from sim_operator.installing.resources import ReadyCheck
from sim_operator.installing.running import FAILED, Work, finished
from sim_operator.installing.services import ServiceCheck, service
from sim_operator.kube.connection import ApiClient, connect
from sim_operator.kube.kinds import KINDS

USER_AGENT: Final = "sim-operator-check"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be checked."""

    services: Sequence[tuple[str, httpx.URL]]
    accounts: Sequence[Key]
    sims: Sequence[Key]
    make_sim: str | None
    """The namespace of a SIM resource that is made for the check."""
    iccid_from: httpx.URL | None
    prometheus: Sequence[httpx.URL]
    metrics: Sequence[httpx.URL]
    per_sim: PerSim


def check_stack(
    *,
    services: Sequence[str],
    accounts: Sequence[str],
    sims: Sequence[str],
    make_sim: str | None,
    iccid_from: str | None,
    prometheus: Sequence[str],
    metrics: Sequence[str],
    per_sim: PerSim,
    timeout: float,
) -> int:
    """Check a stack and print a line for each check; the exit code of the process."""

    def prepare() -> Work:
        wanted = Wanted(
            services=[service(one) for one in services],
            accounts=[key(one, "--account") for one in accounts],
            sims=[key(one, "--sim") for one in sims],
            make_sim=make_sim,
            iccid_from=None if iccid_from is None else web.url(iccid_from, "--iccid-from"),
            prometheus=[web.url(one, "--prometheus") for one in prometheus],
            metrics=[web.url(one, "--metrics") for one in metrics],
            per_sim=per_sim,
        )
        _complete(wanted)
        return lambda: _checked(wanted, Patience(timeout))

    return finished(prepare)


def key(text: str, option: str) -> Key:
    """`namespace/name`.

    Raises:
        BadInputError: it is something else; `option` names where it stood.
    """
    namespace, _, name = text.strip().partition("/")
    if not namespace or not name or "/" in name:
        raise BadInputError(f"{option} {text!r}: namespace/name is wanted.")
    return Key(namespace, name)


def _complete(wanted: Wanted) -> None:
    if (wanted.make_sim is None) != (wanted.iccid_from is None):
        raise BadInputError(
            "--make-sim and --iccid-from belong together: the namespace of the SIM resource, and "
            "the simulator that has the SIM."
        )
    if not any(
        (
            wanted.services,
            wanted.accounts,
            wanted.sims,
            wanted.make_sim,
            wanted.prometheus,
            wanted.metrics,
        )
    ):
        raise BadInputError(
            "There is nothing to check: give --service, --account, --sim, --make-sim, "
            "--prometheus or --metrics."
        )


async def _checked(wanted: Wanted, patience: Patience) -> int:
    report = Report(_print)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(web.client())
        api = None
        if wanted.accounts or wanted.sims or wanted.make_sim:
            api = await stack.enter_async_context(connect(user_agent=USER_AGENT))
        checks = Stack(wanted, http, api, patience, report)
        async with asyncio.TaskGroup() as group:
            for check in checks.simple():
                group.create_task(settle(check, patience, report), name=check.name)
            borrowing = checks.borrowing()
            if borrowing is not None:
                group.create_task(borrowing.run(), name="a SIM of the simulator")
    _print(report.summary(patience.spent))
    return FAILED if report.failed else 0


class Stack:
    """The checks of a stack."""

    def __init__(
        self,
        wanted: Wanted,
        http: httpx.AsyncClient,
        api: ApiClient | None,
        patience: Patience,
        report: Report,
    ) -> None:
        """`api` may be None where no resource is to be looked at."""
        self._wanted = wanted
        self._http = http
        self._api = api
        self._patience = patience
        self._report = report
        self._sources: list[Source] = [
            *(Prometheus(http, url) for url in wanted.prometheus),
            *(MetricsPage(http, url) for url in wanted.metrics),
        ]

    def simple(self) -> list[Check]:
        """Those that need nothing but a look."""
        wanted, api = self._wanted, self._api
        checks: list[Check] = [ServiceCheck(self._http, *one) for one in wanted.services]
        if api is not None:
            for kind, keys in ((ACCOUNT_KIND, wanted.accounts), (SIM_KIND, wanted.sims)):
                checks += [ReadyCheck(api, KINDS[kind], one, self._patience) for one in keys]
        for series in self._series():
            checks += self.arrivals(series)
        return checks

    def borrowing(self) -> Borrowing | None:
        """The check that makes a SIM resource."""
        wanted = self._wanted
        if self._api is None or wanted.make_sim is None or wanted.iccid_from is None:
            return None
        return Borrowing(
            http=self._http,
            api=self._api,
            simulator=wanted.iccid_from,
            namespace=wanted.make_sim,
            account=wanted.accounts[0] if wanted.accounts else None,
            arrivals=self._of_sim,
            patience=self._patience,
            report=self._report,
        )

    def arrivals(self, series: Series) -> list[Check]:
        """That a series arrives, wherever it has to."""
        per_sim = self._wanted.per_sim
        return [ArrivalCheck(source, series, per_sim) for source in self._sources]

    def _series(self) -> list[Series]:
        wanted = self._wanted
        found = [of_account(one) for one in wanted.accounts]
        if wanted.per_sim != "off":
            found += [of_sim(one) for one in wanted.sims]
        if not found and (wanted.make_sim is None or wanted.per_sim == "off"):
            found.append(SIM_COUNT)
        return found

    def _of_sim(self, sim: Key) -> list[Check]:
        return [] if self._wanted.per_sim == "off" else self.arrivals(of_sim(sim))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
