"""What to do about each reason, out of the reference pages and into the package.

The pages are the one place where it is written; the console tells the same words. Written by
`python -m tests.reasons`; with `--check` it only says whether the file is current.
"""

import json
import re
import sys
from pathlib import Path

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "operator/sim_operator/console/fleet/advice.json"
PAGES = {
    (SIM_KIND, "Ready"): "sim.md",
    (SIM_KIND, "Synced"): "sim.md",
    (ACCOUNT_KIND, "Ready"): "simaccount.md",
    (POLICY_KIND, "Ready"): "quotapolicy.md",
}
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_ADVICE = "what to do next"


def advice() -> dict[str, dict[str, dict[str, str]]]:
    """By kind, type of condition and reason."""
    made: dict[str, dict[str, dict[str, str]]] = {}
    for (kind, condition), page in PAGES.items():
        text = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
        section = re.search(rf"^### {condition}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
        assert section is not None, f"{page} has no heading {condition}"
        rows = [_cells(line) for line in section.group(1).splitlines() if line.startswith("|")]
        head, told = rows[0], rows[2:]
        reason, next_step = head.index("reason"), head.index(_ADVICE)
        made.setdefault(kind, {})[condition] = {row[reason]: row[next_step] for row in told}
    return made


def _cells(line: str) -> list[str]:
    plain = _LINK.sub(r"\1", line).replace("`", "")
    return [cell.strip() for cell in plain.strip().strip("|").split("|")]


def main() -> int:
    """Write the file, or check it."""
    text = json.dumps(advice(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.is_file() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"not current: {TARGET.relative_to(ROOT)}. Run `make generate` and commit what it writes."
    )
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
