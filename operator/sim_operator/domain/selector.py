"""Which labels a selector matches, as Kubernetes decides it."""

from collections.abc import Mapping

from sim_operator.api.choices import SelectorOperator
from sim_operator.api.meta import LabelSelector, LabelSelectorRequirement


def matches(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether every part of the selector holds; an empty selector matches everything."""
    exact = (selector.match_labels or {}).items()
    return all(labels.get(key) == value for key, value in exact) and all(
        _holds(requirement, labels) for requirement in selector.match_expressions or ()
    )


def _holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    present = requirement.key in labels
    listed = present and labels[requirement.key] in (requirement.values or ())
    match requirement.operator:
        case SelectorOperator.IN:
            return listed
        case SelectorOperator.NOT_IN:
            # An absent label has none of the values.
            return not listed
        case SelectorOperator.EXISTS:
            return present
        case SelectorOperator.DOES_NOT_EXIST:
            return not present
