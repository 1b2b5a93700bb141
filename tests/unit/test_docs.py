"""What the documentation promises: that it is complete, current, and leads somewhere."""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.meta import WireModel
from sim_operator.api.names import (
    ACCEPT_SWEEP_ANNOTATION,
    ACCOUNT_KIND,
    API_VERSION,
    DISABLE_FINALIZER,
    IN_USE_FINALIZER,
    POLICY_KIND,
    RECONCILE_ANNOTATION,
    SIM_KIND,
    AccountReason,
    QuotaPolicyReason,
    ReadyReason,
    SyncedReason,
)
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.api.sim import SimSpec
from sim_operator.console.settings import ConsoleSettings
from sim_operator.settings import PREFIX, Settings
from sim_operator.simulator.faults import FaultKind
from sim_operator.telemetry.metrics import TABLE, reference
from sim_operator.telemetry.reference import metrics_page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
LONGEST_README = 150
SPECS: dict[str, type[WireModel]] = {
    SIM_KIND: SimSpec,
    ACCOUNT_KIND: SIMAccountSpec,
    POLICY_KIND: QuotaPolicySpec,
}

Reason = ReadyReason | SyncedReason | AccountReason | QuotaPolicyReason

_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^()\s]+)\)")
_ROW = re.compile(r"^\|(.*)\|$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def prose(page: Path) -> str:
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every manifest of ours in a fenced block of a page, or in an example."""
    for page in PAGES:
        for indent, language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
            if language == "yaml":
                text = textwrap.dedent(block) if indent else block
                yield from _ours(name_of(page), text)
    for example in sorted((DOCS / "examples").glob("*.yaml")):
        yield from _ours(name_of(example), example.read_text(encoding="utf-8"))


def _ours(where: str, text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for document in yaml.safe_load_all(text):
        if isinstance(document, dict) and document.get("apiVersion") == API_VERSION:
            yield where, document


def rows(page: str, heading: str) -> list[str]:
    """The rows of the tables below a heading, up to the next heading of any level."""
    found = re.search(
        rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", text_of(page), re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"{page} has no heading {heading}"
    return _ROW.findall(found.group(1))


def cell(row: str, number: int) -> str:
    return row.split("|")[number].strip()


def test_the_readme_stays_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) < LONGEST_README


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in _LINK.findall(prose(page)):
        path, _, anchor = link.partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen: set[Path] = set()
    ahead = [README]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(prose(page)))
        found = ((page.parent / link).resolve() for link in links if link and "://" not in link)
        for target in found:
            ahead += sorted(target.glob("*.md")) if target.is_dir() else [target]
    assert {name_of(page) for page in set(PAGES) - seen} == set()


@pytest.mark.parametrize(
    ("page", "heading", "column", "reasons"),
    [
        ("reference/sim.md", "Ready", 1, ReadyReason),
        ("reference/sim.md", "Synced", 1, SyncedReason),
        ("reference/simaccount.md", "Ready", 1, AccountReason),
        ("reference/quotapolicy.md", "Ready", 1, QuotaPolicyReason),
    ],
)
def test_every_reason_has_one_row_of_its_own(
    page: str, heading: str, column: int, reasons: type[Reason]
) -> None:
    told = [cell(row, column) for row in rows(page, heading)][2:]
    assert sorted(told) == sorted(f"`{reason}`" for reason in reasons)


def test_every_setting_has_a_row_with_its_variable_and_its_flag() -> None:
    settings = rows("reference/operator.md", "Environment and flags")
    told = {(cell(row, 0), cell(row, 1)) for row in settings}
    wanted = {
        (f"`{PREFIX}{name.upper()}`", f"`--{name.replace('_', '-')}`")
        for name in Settings.model_fields
    }
    assert wanted <= told


def test_no_page_names_a_variable_that_does_not_exist() -> None:
    fields = Settings.model_fields | ConsoleSettings.model_fields
    known = {PREFIX + name.upper() for name in fields}
    # Those of the tests' cluster.
    known |= {"SIM_OPERATOR_KUBECONFIG", "SIM_OPERATOR_CLUSTER", "SIM_OPERATOR_KIND_IMAGE"}
    named = {
        variable
        for page in PAGES
        for variable in re.findall(r"\bSIM_OPERATOR_[A-Z_]+\b", page.read_text(encoding="utf-8"))
    }
    assert named <= known


def test_the_page_of_metrics_is_current() -> None:
    assert text_of("reference/metrics.md") == metrics_page(), (
        "docs/reference/metrics.md is not current. Run `.venv/bin/python -m "
        "sim_operator.telemetry.reference > docs/reference/metrics.md` and commit what it writes."
    )


def test_every_metric_is_documented() -> None:
    page = text_of("reference/metrics.md")
    assert [row.name for row in reference() if f"| `{row.name}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_metric_that_does_not_exist(page: Path) -> None:
    known = {row.name for row in TABLE}
    known |= {f"{row.name}_{part}" for row in TABLE for part in ("bucket", "sum", "count")}
    pattern = r"\b(?:sim|simaccount|onence|sim_operator|quotapolicy)_[a-z_]+\b"
    text = re.sub(r"sim_(operator|dashboards)(?=[./`])", "", page.read_text(encoding="utf-8"))
    named = set(re.findall(pattern, text))
    assert named - known <= {"sim_session", "sim_type"}


def test_every_fault_of_the_simulator_has_a_row() -> None:
    told = {cell(row, 0) for row in rows("reference/simulator.md", "Faults")}
    assert {f"`{kind}`" for kind in get_args(FaultKind)} <= told


def test_every_annotation_and_finalizer_is_explained() -> None:
    text = text_of("reference/sim.md") + text_of("reference/simaccount.md")
    names = (
        RECONCILE_ANNOTATION,
        ACCEPT_SWEEP_ANNOTATION,
        DISABLE_FINALIZER,
        IN_USE_FINALIZER,
    )
    assert [name for name in names if name not in text] == []


def test_every_manifest_is_valid_and_has_no_unknown_field() -> None:
    found = list(manifests())
    assert {document["kind"] for _, document in found} == set(SPECS)
    for where, document in found:
        spec = SPECS[document["kind"]].model_validate(document["spec"])
        read = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert read == document["spec"], f"{where}: {document['metadata']['name']}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_path_of_a_developers_machine(page: Path) -> None:
    own = {str(path) for path in (ROOT, Path.home()) if len(path.parts) > 1}
    pattern = "|".join([*(re.escape(path) for path in sorted(own)), r"/home/\w", r"/Users/\w"])
    assert re.findall(rf"(?<![\w.])(?:{pattern})", page.read_text(encoding="utf-8")) == []
