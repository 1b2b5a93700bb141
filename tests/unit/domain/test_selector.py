"""Label selectors match as Kubernetes matches them."""

import pytest

from sim_operator.api.meta import LabelSelector
from sim_operator.domain.selector import matches

LABELS = {"fleet": "pumps", "tier": "", "site": "north"}


def expression(key: str, operator: str, *values: str) -> dict[str, object]:
    given: dict[str, object] = {"key": key, "operator": operator}
    return {**given, "values": list(values)} if values else given


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ({}, True),
        ({"matchLabels": {"fleet": "pumps"}}, True),
        ({"matchLabels": {"fleet": "pumps", "site": "south"}}, False),
        ({"matchLabels": {"absent": ""}}, False),
        ({"matchLabels": {"tier": ""}}, True),
        ({"matchExpressions": [expression("fleet", "In", "fans", "pumps")]}, True),
        ({"matchExpressions": [expression("fleet", "In", "fans")]}, False),
        ({"matchExpressions": [expression("absent", "In", "fans")]}, False),
        ({"matchExpressions": [expression("fleet", "NotIn", "fans")]}, True),
        ({"matchExpressions": [expression("fleet", "NotIn", "pumps")]}, False),
        ({"matchExpressions": [expression("absent", "NotIn", "pumps")]}, True),
        ({"matchExpressions": [expression("tier", "Exists")]}, True),
        ({"matchExpressions": [expression("absent", "Exists")]}, False),
        ({"matchExpressions": [expression("absent", "DoesNotExist")]}, True),
        ({"matchExpressions": [expression("tier", "DoesNotExist")]}, False),
        (
            {
                "matchLabels": {"fleet": "pumps"},
                "matchExpressions": [expression("site", "In", "south")],
            },
            False,
        ),
    ],
)
def test_a_selector_matches_as_in_kubernetes(selector: dict[str, object], expected: bool) -> None:
    assert matches(LabelSelector.model_validate(selector), LABELS) is expected
