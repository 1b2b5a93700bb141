"""The pages about alerts are made from the rule files, and the hurried rules are the same rules."""

import re

import pytest

from tests.monitoring.hurried import AGES, hurried
from tests.monitoring.reference import alerts_page, index_page, main, outdated, plain
from tests.monitoring.rules import ALERTS, RECORDING, ROOT, alert_rules


def test_the_pages_are_current() -> None:
    names = [str(page.relative_to(ROOT)) for page in outdated()]
    assert names == [], "Run `.venv/bin/python -m tests.monitoring.reference`."
    assert main(["--check"]) == 0


def test_every_alert_is_listed_with_its_runbook() -> None:
    for rule in alert_rules():
        assert f"[`{rule.name}`](../runbooks/{rule.name}.md) | {rule.severity} |" in alerts_page()
        assert f"- [{rule.name}]({rule.name}.md): " in index_page()


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ $value }} SIMs in {{ $labels.namespace }}.", "N SIMs in NAMESPACE."),
        ("None{{ with $labels.namespace }} in {{ . }}{{ end }} leads.", "None leads."),
    ],
)
def test_a_summary_is_shown_with_words_in_place_of_values(template: str, shown: str) -> None:
    assert plain(template) == shown


def test_an_unknown_argument_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--chek"]) == 2
    assert "usage" in capsys.readouterr().err


def test_rules_in_a_hurry_differ_in_durations_alone() -> None:
    for file in (RECORDING, ALERTS):
        text = file.read_text(encoding="utf-8")
        assert hurried(text) != text
        assert timeless(hurried(text)) == timeless(text)


def timeless(text: str) -> str:
    """Rules without their durations and the ages that they compare with."""
    for age in (*AGES, *AGES.values()):
        text = re.sub(rf"{re.escape(age)}$", "> AGE", text, flags=re.MULTILINE)
    return re.sub(r"\b\d+[smhd]\b", "TIME", text)
