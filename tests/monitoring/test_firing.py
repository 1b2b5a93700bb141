"""The alerts in a real Prometheus that scrapes the running operator: they fire, and they end.

The times of the rules are shortened, and nothing else: see `hurried`. Three alerts are proven by
promtool alone: a watch that falls silent and a batch that does not become safe need an API server
that is broken in one place only, and the forecast of a pool a week of use.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import close_readers
from tests.monitoring.conftest import RunPrometheus
from tests.monitoring.hurried import hurried_files
from tests.monitoring.rules import alert_rules
from tests.monitoring.server import Alert, PrometheusProcess, Scrape
from tests.monitoring.trouble import Fleet, fleet, standby

UNREACHED = {
    "SIMOperatorAccountsUnheld",
    "SIMOperatorStatusNotWritten",
    "SIMOperatorWatchSilent",
    "SIMAccountStreamUnavailable",
    "SIMPoolRunsOut",
}
LATER = {
    "SIMOperatorDown",
    "SIMOperatorSeveralLeaders",
    "SIMOperatorRestarts",
    "SIMAccountStreamSilent",
}
"""Those that need the operator to be ended, or to have been well for a while."""
AT_ONCE = [rule.name for rule in alert_rules() if rule.name not in UNREACHED | LATER]
CALM_SECONDS = 6.0


@dataclass
class Watched:
    """The fleet and whoever watches it."""

    fleet: Fleet
    prometheus: PrometheusProcess
    standby: OperatorProcess
    replica: OperatorProcess
    when_calm: set[str] = field(default_factory=set)
    """Names of the alerts that fired while all was well."""
    seen: dict[str, Alert] = field(default_factory=dict)

    def until_fires(self, name: str, /, **labels: str) -> Alert:
        """Wait until an alert with these labels fires."""

        def firing() -> Alert | None:
            self.fleet.use()
            found = [one for one in self.prometheus.alerts(name) if one.fires]
            return next((one for one in found if one.labels.items() >= labels.items()), None)

        alert = self.prometheus.until(
            firing, f"{name} fires {labels}", instead=lambda: self.prometheus.alerts(name)
        )
        assert alert is not None
        self.seen[name] = alert
        return alert

    def until_ends(self, name: str, /, **labels: str) -> None:
        """Wait until no alert with these labels fires."""
        self.prometheus.until(
            lambda: (
                not [
                    one
                    for one in self.prometheus.alerts(name)
                    if one.fires and one.labels.items() >= labels.items()
                ]
            ),
            f"{name} ends {labels}",
        )

    @property
    def whose(self) -> dict[str, str]:
        """The labels by which the operator under test is told from the standby."""
        return {"namespace": self.fleet.world.namespace}


@pytest.fixture(scope="module")
def watched(
    cluster: Cluster,
    operator_kubeconfig: Path,
    run_prometheus: RunPrometheus,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Watched]:
    """A fleet that was well for a while, and in which then everything went wrong."""
    folder = tmp_path_factory.mktemp("firing")
    elsewhere = f"standby-{secrets.token_hex(4)}"
    with ExitStack() as stack:
        stack.callback(close_readers)
        made = stack.enter_context(fleet(cluster, operator_kubeconfig, folder))
        waiting = stack.enter_context(standby(cluster, operator_kubeconfig, folder, elsewhere))
        made.world.operator.start()
        replica = made.world.operator.replica(folder / "replica.log")
        stack.callback(replica.kill)
        made.settle()

        def job(name: str, namespace: str, *processes: OperatorProcess) -> Scrape:
            targets = [f"127.0.0.1:{one.port}" for one in processes]
            return Scrape(name, targets, {"namespace": namespace})

        prometheus = run_prometheus(
            rules=hurried_files(folder),
            scrapes=[
                job("sim-operator", made.world.namespace, made.world.operator, replica),
                job("standby", elsewhere, waiting),
            ],
        )
        found = Watched(made, prometheus, waiting, replica)
        prometheus.until(
            lambda: prometheus.query(f"count_over_time(up[{CALM_SECONDS:.0f}s]) >= {CALM_SECONDS}"),
            "the fleet was watched for a while",
        )
        assert made.stream() == 200
        found.when_calm = {one.name for one in prometheus.alerts() if one.fires}
        made.break_everything()
        for _ in range(6):
            assert made.stream(password="wrong") == 401
        yield found


def test_a_rule_that_prometheus_cannot_evaluate_would_be_seen(watched: Watched) -> None:
    assert {rule["name"]: rule.get("lastError") for rule in watched.prometheus.rules()} == {
        rule["name"]: None for rule in watched.prometheus.rules()
    }
    assert {rule["health"] for rule in watched.prometheus.rules()} == {"ok"}


def test_a_fleet_that_is_well_raises_no_alarm(watched: Watched) -> None:
    # An account that is swept each second has its status written each second: here that is a storm.
    # The standby has nobody to follow, and that is the alarm of another operator.
    assert watched.when_calm - {"SIMOperatorStatusWriteStorm", "SIMOperatorNoLeader"} == set()


@pytest.mark.parametrize("name", AT_ONCE)
def test_an_alert_fires_for_what_it_is_about(watched: Watched, name: str) -> None:
    alert = watched.until_fires(name)
    for text in alert.annotations.values():
        assert not re.search(r"\{\{|\}\}|<no value>|error expanding|%!|  ", text), text


def account_of(watched: Watched, tenant: str) -> dict[str, str]:
    return {"account": f"{watched.fleet.world.namespace}/{tenant}"}


def test_an_account_is_named_with_its_reason(watched: Watched) -> None:
    made = watched.fleet
    refused = watched.until_fires("SIMAccountNotReady", **account_of(watched, made.refused.name))
    assert "(InvalidCredentials)" in refused.annotations["description"]
    failing = watched.until_fires("SIMAccountNotReady", **account_of(watched, made.failing.name))
    assert "(Unreachable)" in failing.annotations["description"]
    # It has an alert of its own.
    rejected = account_of(watched, made.rejected.name)
    names = {
        one.name for one in watched.prometheus.alerts() if one.labels.items() >= rejected.items()
    }
    assert {"SIMAccountSweepRejected", "SIMAccountSweepLate"} <= names
    assert "SIMAccountNotReady" not in names


def test_numbers_are_named(watched: Watched) -> None:
    told = {
        "SIMAccountDisablesHeld": r": 1\. Places in use: 1 of 1 within an hour\. Find",
        "SIMStalled": r"^SIM resources of SIMAccount \S+ .* that have been \w+ .*: 1\.",
        "SIMDataExhausted": r"^Enabled SIMs of SIMAccount \S+ in namespace \S+ .* data volume: 1\.",
        "SIMExpiring": r"have expired: 1; the first one on \d{4}-\d\d-\d\d \d\d:\d\d",
        "SIMPoolNearlyUsed": r"^[\d.]+% of the data pool of .* period: [\d.]+MiB of 50MiB\.$",
        "SIMPolicyDisablesHeld": r"a guard holds back: 1\. SIMs that it keeps off: 0\. The guard",
        "SIMDriftStays": r"to 1NCE for [\d.]+s\. SIMs of SIMAccount \S+ .* that wait: 1\. 1NCE",
        "SIMAccountSweepRejected": r"believed; the last one that was had 10\. Nothing",
    }
    for name, pattern in told.items():
        alert = watched.until_fires(name)
        assert re.search(pattern, alert.annotations["description"]), alert.annotations


def test_an_alert_about_one_sim_names_it(watched: Watched) -> None:
    names = watched.fleet.names
    for alert, name in (("SIMDataRunsOut", "greedy"), ("SIMSilent", "mute")):
        found = watched.until_fires(alert, name=name, iccid=names[name], **watched.whose)
        assert f"/{name} " in found.annotations["summary"]


def test_a_stream_that_was_busy_and_breaks_off_is_noticed(watched: Watched) -> None:
    for _ in range(40):
        assert watched.fleet.stream() == 200
    watched.until_fires("SIMAccountStreamSilent", **account_of(watched, watched.fleet.sims.name))


def test_alerts_end_when_their_cause_does(watched: Watched) -> None:
    made = watched.fleet
    made.heal()
    watched.until_ends("SIMAccountNotReady", **account_of(watched, made.failing.name))
    watched.until_ends("SIMAccountSweepRejected", **account_of(watched, made.rejected.name))
    watched.until_ends("SIMWriteFailing")
    watched.until_ends("SIMDriftStays", **account_of(watched, made.rejected.name))


def test_a_second_process_that_leads_is_noticed(watched: Watched) -> None:
    watched.replica.start()
    alert = watched.until_fires("SIMOperatorSeveralLeaders", **watched.whose)
    assert alert.annotations["summary"].startswith("2 processes")
    watched.replica.stop()
    watched.until_ends("SIMOperatorSeveralLeaders", **watched.whose)


def test_a_process_that_restarts_again_and_again_is_noticed(watched: Watched) -> None:
    instance = f"127.0.0.1:{watched.standby.port}"
    began = f'process_start_time_seconds{{instance="{instance}"}}'

    def starts() -> list[float]:
        return [one.value for one in watched.prometheus.query(began)]

    known = starts()
    for _ in range(3):
        watched.standby.kill()
        watched.standby.start()
        watched.prometheus.until(
            lambda: (found := starts()) and found[0] not in known, "the new process is scraped"
        )
        known.extend(starts())
    watched.until_fires("SIMOperatorRestarts", instance=instance)


def test_an_operator_that_is_gone_is_named(watched: Watched) -> None:
    watched.fleet.world.operator.stop()
    alert = watched.until_fires("SIMOperatorDown", **watched.whose)
    assert alert.annotations["summary"].endswith(f"in namespace {watched.fleet.world.namespace}.")


def test_every_alert_was_seen_or_is_known_not_to_be(watched: Watched) -> None:
    assert {rule.name for rule in alert_rules()} - set(watched.seen) == UNREACHED
