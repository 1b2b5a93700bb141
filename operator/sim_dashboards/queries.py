"""What the panels ask Prometheus.

Every sum is over series that were first counted once: while one replica takes over from another,
or where two scrape jobs reach the same operator, each series is there twice.
"""

from dataclasses import dataclass

CLUSTER = 'cluster=~"$cluster"'
"""Of a Prometheus that many clusters write to; where there is no such label All finds it."""
ACCOUNT = f'{CLUSTER}, account=~"$account"'
NAMESPACE = f'{CLUSTER}, namespace=~"$namespace"'
IN_ACCOUNT = f'{ACCOUNT}, namespace=~"$namespace"'
"""The aggregates of SIM resources, by account and by the namespace of the SIMs."""
POLICY = f'{NAMESPACE}, name=~"$policy"'
JOB = f'{CLUSTER}, job=~"$job"'
CALLS = f'{JOB}, account=~"$account"'
ONE_SIM = f'{CLUSTER}, namespace="$namespace", name="$sim"'
SIM = ("namespace", "name", "iccid")
"""The labels of series per SIM."""
ON_SIM = "on (cluster, namespace, name, iccid)"
ON_PROCESS = "on (cluster, namespace, job, instance)"
_PLACES = {"account", "namespace"}


@dataclass(frozen=True, slots=True)
class Query:
    """One expression, and how what it gives is called: a text with `{{label}}` in it."""

    expr: str
    legend: str
    limit: bool = False
    """Drawn as a dashed line: a bound of the others."""


def once(metric: str, where: str, *labels: str) -> str:
    """One series for each combination of these labels, however many processes tell it."""
    return f"max by ({', '.join(('cluster', *labels))}) ({metric}{{{where}}})"


def total(metric: str, where: str, *labels: str, by: str = "") -> str:
    """The sum over all combinations of these labels; `by`: one sum for each value of a label.

    Accounts and namespaces of one name in two clusters stay apart.
    """
    apart = "cluster, " if _PLACES & set(by.split(", ")) else ""
    grouping = f" by ({apart}{by})" if by else ""
    return f"sum{grouping} ({once(metric, where, *labels)})"


def or_nothing(expr: str) -> str:
    """Zero where there is no series: to be used for counts of troubles, never for figures."""
    return f"{expr} or vector(0)"


def rate(counter: str, where: str, by: str) -> str:
    """Events a second by a label."""
    return f"sum by ({by}) (rate({counter}{{{where}}}[$__rate_interval]))"


def quantile(rank: float, histogram: str, where: str, by: str) -> str:
    """A quantile of a histogram, by labels."""
    inside = rate(f"{histogram}_bucket", where, f"le, {by}")
    return f"histogram_quantile({rank:g}, {inside})"


def conditions(where: str, by: str = "") -> str:
    """SIM resources by condition."""
    labels = ("account", "namespace", "type", "status", "reason")
    return total("simaccount_sim_conditions", f"{IN_ACCOUNT}, {where}", *labels, by=by)


def of_sims(metric: str, by: str = "") -> str:
    """The sum of what is known of the SIM resources, of a metric by account and namespace."""
    return total(metric, IN_ACCOUNT, "account", "namespace", by=by)


def used(service: str, by: str = "") -> str:
    """What is gone of the volume that was bought; `service`: data or sms."""
    unit = "_bytes" if service == "data" else ""
    bought = of_sims(f"simaccount_{service}_quota{unit}", by)
    return f"{bought} - {of_sims(f'simaccount_{service}_quota_remaining{unit}', by)}"


def policies(state: str, by: str = "") -> str:
    """SIMs of policies in a state: matched, warned, exceeded, disabled or held."""
    where = f'{POLICY}, state="{state}"'
    return total("quotapolicy_sims", where, "namespace", "name", by=by)


def policy(metric: str) -> str:
    """A figure of each policy."""
    return once(metric, POLICY, "namespace", "name")


def card(metric: str) -> str:
    """A figure of the one SIM of the page."""
    return f"max({metric}{{{ONE_SIM}}})"
