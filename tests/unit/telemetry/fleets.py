"""Fleets to scrape."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from sim_operator.telemetry.exposition import BuildInfo, render
from sim_operator.telemetry.fleet import (
    AccountSample,
    FleetPicture,
    HistorySample,
    PolicySample,
    SimSample,
)
from sim_operator.telemetry.meter import Meters

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
TEXT = "text/plain"
BUILD = BuildInfo("1.2.3", "3.11.7", "1.45.2")

Sample = tuple[str, frozenset[tuple[str, str]], float]


def sim(name: str = "pump-17", **changes: object) -> SimSample:
    fields: dict[str, object] = {
        "namespace": "plant-a",
        "name": name,
        "iccid": "8988303000123456789",
        "account": "sim-operator/default",
        "label": "pump 17",
        "imei": "3520091118915105",
        "ip": "100.100.100.18",
        "enabled": True,
        "online": False,
        "ready": True,
        "suspended": True,
        "data_quota_bytes": 524288000,
        "data_quota_remaining_bytes": 432013312.5,
        "data_usage_bytes": 92274688,
        "sms_quota": 250,
        "sms_quota_remaining": -3,
        "sms_usage": 7,
        "quota_expiry": 2036102400.0,
        "conditions": (
            (("Ready", "True", "Suspended"), 1_700_000_000.0),
            (("Synced", "False", "Drifted"), 1_700_000_500.0),
        ),
        "session": "Offline",
        "data_level": "Sufficient",
        "sms_level": "Exhausted",
    }
    return SimSample(**(fields | changes))  # type: ignore[arg-type]  # named by the caller


@dataclass
class Fleet:
    """A view whose every answer is set by the test, and which counts the SIMs that were read."""

    sim_samples: list[SimSample] = field(default_factory=list)
    account_samples: list[AccountSample] = field(default_factory=list)
    policy_samples: list[PolicySample] = field(default_factory=list)
    objects: dict[str, int] = field(default_factory=dict)
    history_sample: HistorySample | None = None
    leads: bool = True
    unheld: float | None = None
    event_at: float | None = None
    time: float = 1_750_000_000.0
    sims_read: int = 0

    def sims(self) -> Iterator[SimSample]:
        for sample in self.sim_samples:
            self.sims_read += 1
            yield sample

    def accounts(self) -> list[AccountSample]:
        return self.account_samples

    def policies(self) -> list[PolicySample]:
        return self.policy_samples

    def history(self) -> HistorySample | None:
        return self.history_sample

    def store_objects(self) -> Mapping[str, int]:
        return self.objects

    def unreadable_objects(self) -> Mapping[str, int]:
        return {"SIM": 1}

    def works(self) -> bool:
        return self.leads

    def leading(self) -> bool:
        return self.leads

    def accounts_unheld(self) -> float | None:
        return self.unheld

    def last_event(self) -> float | None:
        return self.event_at

    def now(self) -> float:
        return self.time


def pictured(fleet: Fleet, mode: str = "auto") -> FleetPicture:
    """The picture that a scrape takes."""
    return asyncio.run(FleetPicture.of(fleet, mode))  # type: ignore[arg-type]  # of the three words


def parsed(body: str, *, openmetrics: bool) -> set[Sample]:
    """Every sample of an exposition: name, labels, value."""
    read = read_openmetrics if openmetrics else read_text
    families = read(body)
    found = [
        (one.name, frozenset(one.labels.items()), float(one.value))
        for family in families
        for one in family.samples
    ]
    assert len(found) == len(set(found)), "a sample is exported twice"
    return set(found)


def scraped(
    fleet: Fleet, meters: Meters | None = None, *, mode: str = "auto", accept: str = OPENMETRICS
) -> set[Sample]:
    picture = pictured(fleet, mode)
    body, content_type = render((meters or Meters()).registry, picture, BUILD, accept)
    return parsed(body.decode(), openmetrics=content_type.startswith("application/openmetrics"))


def values(samples: set[Sample], metric: str, /, **labels: str) -> list[float]:
    """The values of one metric whose labels include these."""
    return [
        value
        for found, its_labels, value in samples
        if found == metric and set(labels.items()) <= its_labels
    ]
