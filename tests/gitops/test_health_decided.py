"""Every reason that the operator can give is decided about, and as the documentation says."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sim_operator.api.names import AccountReason, QuotaPolicyReason, ReadyReason
from tests.gitops.lua import CHECKS, STATUSES, check_of, health

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "argo-cd.md"
REASONS: dict[str, type[StrEnum]] = {
    "SIM": ReadyReason,
    "SIMAccount": AccountReason,
    "QuotaPolicy": QuotaPolicyReason,
}
EVERY_REASON = [(kind, reason) for kind, reasons in REASONS.items() for reason in reasons]

_DECIDED = re.compile(r'^  (\w+) = "(\w+)",$', re.MULTILINE)
_TABLE = re.compile(r"^local verdicts = \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (SIM|SIMAccount|QuotaPolicy) \| (\w+) \| ([^|]*) \|", re.MULTILINE)


class Said(NamedTuple):
    """A condition, as short as a table wants it."""

    type: str
    status: str
    reason: str


def decided(kind: str) -> dict[str, str]:
    """What the script of a kind says of each reason in its own table."""
    table = _TABLE.search(check_of(kind).read_text(encoding="utf-8"))
    assert table is not None
    return dict(_DECIDED.findall(table[1]))


def made(kind: str, *conditions: Said, observed: int | None = 3) -> dict[str, Any]:
    """An object of generation 3 with these conditions."""
    listed = [one._asdict() | {"message": f"It is {one.reason}."} for one in conditions]
    status: dict[str, Any] = {"conditions": listed} if listed else {}
    if observed is not None:
        status["observedGeneration"] = observed
    return {"kind": kind, "metadata": {"generation": 3}, "status": status}


@pytest.mark.parametrize("kind", REASONS)
def test_a_script_decides_about_every_reason_and_no_other(kind: str) -> None:
    table = decided(kind)
    assert sorted(table) == sorted(REASONS[kind])
    assert set(table.values()) <= STATUSES


def test_there_is_a_script_for_each_kind_and_no_other() -> None:
    assert {file.name for file in CHECKS.iterdir()} == {f"{kind.lower()}.lua" for kind in REASONS}


@pytest.mark.parametrize(("kind", "reason"), EVERY_REASON)
def test_the_table_wins_over_what_the_conditions_would_suggest(kind: str, reason: str) -> None:
    for hints in (
        (Said("Ready", "True", reason),),
        (Said("Ready", "False", reason), Said("Reconciling", "True", reason)),
        (Said("Ready", "False", reason), Said("Stalled", "True", reason)),
    ):
        found = health(made(kind, *hints))
        assert found.status == decided(kind)[reason]
        assert found.message == f"{reason}: It is {reason}."


@pytest.mark.parametrize(("kind", "reason"), EVERY_REASON)
@pytest.mark.parametrize("observed", [None, 2])
def test_an_older_generation_is_progressing_whatever_else_is_said(
    kind: str, reason: str, observed: int | None
) -> None:
    found = health(made(kind, Said("Ready", "True", reason), observed=observed))
    assert (found.status, "generation" in found.message) == ("Progressing", True)


@pytest.mark.parametrize("kind", REASONS)
def test_an_object_that_nobody_looked_at_yet_is_progressing(kind: str) -> None:
    new = {"kind": kind, "metadata": {"generation": 1}}
    assert health(new).status == "Progressing"
    assert health(made(kind)).status == "Progressing"
    assert health(made(kind, Said("Synced", "True", "InSync"))).status == "Progressing"


@pytest.mark.parametrize("kind", REASONS)
@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ([Said("Ready", "True", "Novel")], "Healthy"),
        ([Said("Ready", "Unknown", "Novel")], "Progressing"),
        ([Said("Ready", "False", "Novel")], "Progressing"),
        ([Said("Ready", "False", "Novel"), Said("Reconciling", "True", "Novel")], "Progressing"),
        ([Said("Ready", "False", "Novel"), Said("Stalled", "True", "Novel")], "Degraded"),
    ],
)
def test_a_reason_of_a_later_version_is_read_as_kstatus_reads_it(
    kind: str, conditions: list[Said], status: str
) -> None:
    assert health(made(kind, *conditions)).status == status


def test_a_contested_field_is_degraded_although_the_sim_is_being_corrected() -> None:
    contested = made(
        "SIM",
        Said("Ready", "False", "Progressing"),
        Said("Synced", "False", "Contested"),
        Said("Reconciling", "True", "Progressing"),
    )
    found = health(contested)
    assert found.status == "Degraded"
    assert found.message == "Progressing: It is Progressing. Contested: It is Contested."


def test_drift_that_is_only_watched_is_healthy_and_told() -> None:
    watched = made("SIM", Said("Ready", "True", "Observing"), Said("Synced", "False", "Drifted"))
    found = health(watched)
    assert found.status == "Healthy"
    assert found.message == "Observing: It is Observing. Drifted: It is Drifted."


def test_a_reason_that_both_conditions_have_is_told_once() -> None:
    held = [Said(type_, "False", "DisableHeld") for type_ in ("Ready", "Synced")]
    assert health(made("SIM", *held)).message == "DisableHeld: It is DisableHeld."


def test_the_page_has_the_verdicts_of_the_scripts() -> None:
    told = {
        (kind, reason): status
        for kind, status, reasons in _ROW.findall(PAGE.read_text(encoding="utf-8"))
        for reason in re.findall(r"`(\w+)`", reasons)
    }
    assert told == {
        (kind, reason): status for kind in REASONS for reason, status in decided(kind).items()
    }
