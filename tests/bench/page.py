"""The part of docs/explanation/scale.md that a run fills in."""

from tests.bench.results import Report
from tests.bench.table import markdown

BEGIN = "<!-- measured: python -m tests.bench page -->"
END = "<!-- /measured -->"


def with_table(text: str, report: Report) -> str:
    """The page with the table of `report` between its marks.

    Raises:
        ValueError: the page has not both marks, in their order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return "\n".join((before + BEGIN, "", *markdown(report), "", END + after))
