"""The rule files are complete and about metrics that exist; promtool proves what they do."""

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim_operator.api.names import AccountReason, ReadyReason, SyncedReason
from sim_operator.telemetry.metrics import TABLE, Kind
from tests.monitoring.programs import Programs
from tests.monitoring.rules import (
    ALERTS,
    RECORDING,
    RUNBOOK_BASE,
    RUNBOOKS,
    AlertRule,
    alert_rules,
    groups,
    recorded,
)

CASES = sorted((Path(__file__).parent / "promtool").glob("*.yaml"))
SEVERITIES = {"critical", "warning", "info"}
LONGEST_SUMMARY = 120
OURS = r"(?<![\w:])(?:sim|simaccount|onence|quotapolicy|process)_[a-z_]+(?![\w:])"
LABELS_OF_SCRAPES = {"cluster", "namespace", "job", "instance"}

RULES = alert_rules()


def name_of(rule: AlertRule | Path) -> str:
    return rule.stem if isinstance(rule, Path) else rule.name


def promtool(programs: Programs, *arguments: str | Path) -> None:
    done = subprocess.run(
        [programs.promtool, *arguments], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def evaluated(case: Path) -> Iterable[tuple[str, bool]]:
    """Each alert that a file of cases asks for, and whether it is to fire."""
    for test in yaml.safe_load(case.read_text(encoding="utf-8"))["tests"]:
        for asked in test.get("alert_rule_test", ()):
            yield asked["alertname"], bool(asked.get("exp_alerts"))


ASKED = [one for case in CASES for one in evaluated(case)]


def test_prometheus_understands_both_files(programs: Programs) -> None:
    promtool(programs, "check", "rules", RECORDING, ALERTS)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_rules_do_what_the_cases_say(programs: Programs, case: Path) -> None:
    promtool(programs, "test", "rules", case)


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_the_cases_evaluate_every_group_in_the_order_of_the_files(case: Path) -> None:
    names = [group["name"] for file in (RECORDING, ALERTS) for group in groups(file)]
    told = yaml.safe_load(case.read_text(encoding="utf-8"))
    assert told["group_eval_order"] == names
    files = [(case.parent / file).resolve() for file in told["rule_files"]]
    assert files == [RECORDING, ALERTS]


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(
    rule: AlertRule,
) -> None:
    assert (rule.name, True) in ASKED
    assert (rule.name, False) in ASKED


def test_no_case_asks_for_an_alert_that_does_not_exist() -> None:
    assert {name for name, _ in ASKED} == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_every_alert_says_how_bad_it_is_what_is_wrong_and_what_to_do(rule: AlertRule) -> None:
    assert rule.severity in SEVERITIES
    assert rule.lasts, "without `for` a single sample fires"
    assert 0 < len(rule.summary) <= LONGEST_SUMMARY
    assert rule.summary.endswith("."), rule.summary
    assert rule.description.endswith("."), rule.description
    assert re.search(r"\$value|\.Value|for \d+ minutes", rule.description.replace("\n", " ")), (
        "the description names no number"
    )
    assert rule.runbook_url == f"{RUNBOOK_BASE}/{rule.name}.md"


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_every_alert_has_a_runbook(rule: AlertRule) -> None:
    page = (RUNBOOKS / f"{rule.name}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {rule.name}\n")
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings == ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def test_there_is_no_runbook_without_an_alert() -> None:
    pages = {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == {rule.name for rule in RULES}


def test_names_of_alerts_are_unique_and_begin_with_what_they_are_about() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"SIM[A-Z][A-Za-z]+", name)] == []


def expressions() -> dict[str, str]:
    texts = {rule.name: f"{rule.expr} {rule.description}" for rule in RULES}
    return texts | recorded()


@pytest.mark.parametrize("name", expressions())
def test_a_rule_asks_for_metrics_that_exist(name: str) -> None:
    known = {row.name for row in TABLE if row.kind is not Kind.HISTOGRAM}
    known |= {f"{row.name}_bucket" for row in TABLE if row.kind is Kind.HISTOGRAM}
    assert set(re.findall(OURS, expressions()[name])) <= known
    asked = set(re.findall(r"\b[a-z]+:[a-z0-9_]+:[a-z0-9_]+", expressions()[name]))
    assert asked <= set(recorded())


@pytest.mark.parametrize("name", expressions())
def test_a_rule_selects_and_keeps_labels_that_its_metrics_have(name: str) -> None:
    text = expressions()[name]
    used = set(re.findall(OURS, text)) | {
        metric for recording in recorded() if recording in text for metric in _metrics(recording)
    }
    known = {label for row in TABLE if _sampled(row.name) & used for label in row.labels}
    clauses = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", text)
    asked = {label.strip() for clause in clauses for label in clause.split(",")}
    asked |= set(re.findall(r'(\w+)\s*=~?\s*\\?["%]', text))
    assert asked - {"le"} <= known | LABELS_OF_SCRAPES


def _sampled(metric: str) -> set[str]:
    return {metric, f"{metric}_bucket"}


def _metrics(recording: str) -> set[str]:
    """The metrics behind a recording rule, also those behind what it is made of."""
    text = recorded()[recording]
    found = set(re.findall(OURS, text))
    for other in recorded():
        if other != recording and other in text:
            found |= _metrics(other)
    return found


def test_reasons_in_selectors_are_reasons_that_the_operator_gives() -> None:
    given = {*ReadyReason, *SyncedReason, *AccountReason}
    for rule in RULES:
        for words in re.findall(r'reason=~?"([^"]*)"', rule.expr):
            assert set(words.split("|")) <= {str(one) for one in given}, rule.name


def test_every_reason_that_a_person_has_to_end_has_an_alert() -> None:
    """What is Stalled in a SIM's status is what the alerts on stalled SIMs look for."""
    stalled = {
        *(ReadyReason.NOT_FOUND, ReadyReason.CONFLICT, ReadyReason.INVALID_ICCID),
        *(ReadyReason.ACCOUNT_NOT_FOUND, ReadyReason.ACCOUNT_NOT_ALLOWED),
        *(ReadyReason.EXPIRED, ReadyReason.QUOTA_EXHAUSTED),
    }
    asked: set[str] = set()
    for rule in RULES:
        if rule.name in {"SIMStalled", "SIMDataExhausted"}:
            asked |= set("|".join(re.findall(r'reason=~?"([^"]*)"', rule.expr)).split("|"))
    assert asked == {str(one) for one in stalled}


def test_every_recording_rule_is_named_by_its_level_its_metric_and_what_was_done() -> None:
    levels = "fleet|namespace|account|policy|operator"
    pattern = rf"(?:{levels}):[a-z0-9_]+:(?:max|min|sum|ratio|\w+\d+[mh])"
    assert [name for name in recorded() if not re.fullmatch(pattern, name)] == []


def test_no_rule_keeps_what_tells_one_replica_from_another_apart_from_those_about_a_process() -> (
    None
):
    process = {"SIMOperatorRestarts", "SIMOperatorWatchSilent"}
    for rule in RULES:
        last = re.findall(r"\bby\s*\(([^)]*)\)", rule.expr)[:1]
        kept = {label.strip() for clause in last for label in clause.split(",")}
        assert ("instance" in kept) == (rule.name in process), rule.name


def documents() -> list[Any]:
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in (RECORDING, ALERTS)]


def test_the_files_are_plain_files_of_prometheus() -> None:
    for document in documents():
        assert set(document) == {"groups"}
        for group in document["groups"]:
            assert set(group) <= {"name", "interval", "rules"}
