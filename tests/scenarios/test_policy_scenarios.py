"""Every scenario of `policies/`: a world with SIMs and policies, what happens in it, what follows.

The operator's own parts decide and write; the cluster, the cards and the clock are plain objects.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.policy_lab import scenario

FILES = sorted((Path(__file__).parent / "policies").glob("*.yaml"))
CASES = [
    pytest.param(case, id=f"{file.stem}: {case['case']}")
    for file in FILES
    for case in yaml.safe_load(file.read_text())
]


@pytest.mark.parametrize("case", CASES)
def test_policies_do_as_the_scenario_says(case: dict[str, Any]) -> None:
    assert case.keys() <= {"case", "because", "given", "when", "then"}, "an unknown key is not read"
    scenario.run(case)


def test_there_are_policy_scenarios_and_each_says_why() -> None:
    assert len(CASES) >= 40
    for case in CASES:
        told: Any = case.values[0]
        assert len(told["because"].split()) > 3
