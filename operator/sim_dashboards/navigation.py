"""Variables, and links from page to page that carry them along.

Variables have the same name on each page, so that a link keeps what was chosen.
"""

from collections.abc import Mapping
from urllib.parse import quote

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard as model

from sim_dashboards.queries import ACCOUNT, CLUSTER, NAMESPACE

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

FLEET = "sim-operator-fleet"
SIM = "sim-operator-sim"
QUOTAS = "sim-operator-quotas"
OPERATOR = "sim-operator-operator"
PAGES = {FLEET: "Fleet", SIM: "SIM", QUOTAS: "Quotas", OPERATOR: "Operator"}
"""The pages by their uid, in the order of the links on top of each."""

_EVERYTHING = ".*"


def datasource() -> build.DatasourceVariable:
    """Which Prometheus."""
    return (
        build.DatasourceVariable("datasource")
        .label("Data source")
        .description("The Prometheus that scrapes the operator.")
        .type("prometheus")
    )


def cluster() -> build.QueryVariable:
    """Which clusters; where no metric has such a label there is All, and nothing else."""
    text = "The clusters, where many write to one Prometheus and set this label."
    return _several("cluster", "Cluster", "sim_operator_build_info", "cluster", text)


def account() -> build.QueryVariable:
    """Which SIMAccounts: `namespace/name`."""
    series = f"simaccount_ready{{{CLUSTER}}}"
    return _several("account", "Account", series, "account", "The SIMAccounts.")


def namespace() -> build.QueryVariable:
    """Which namespaces of SIMs."""
    text = "The namespaces of the SIM resources."
    series = f"simaccount_sim_conditions{{{ACCOUNT}}}"
    return _several("namespace", "Namespace", series, "namespace", text)


def policy_namespace() -> build.QueryVariable:
    """Which namespaces of policies."""
    text = "The namespaces of the QuotaPolicies."
    series = f"quotapolicy_sims{{{CLUSTER}}}"
    return _several("namespace", "Namespace", series, "namespace", text)


def policy() -> build.QueryVariable:
    """Which QuotaPolicies of these namespaces."""
    series = f"quotapolicy_sims{{{NAMESPACE}}}"
    return _several("policy", "Policy", series, "name", "The QuotaPolicies.")


def job() -> build.QueryVariable:
    """Which scrape job, hence which installation of the operator."""
    text = "The scrape jobs; more than one where several operators share a Prometheus."
    series = f"sim_operator_build_info{{{CLUSTER}}}"
    return _several("job", "Job", series, "job", text)


def one_namespace() -> build.QueryVariable:
    """The namespace of the one SIM."""
    series = f"sim_info{{{CLUSTER}}}"
    return _one("namespace", "Namespace", series, "namespace", "The SIM's namespace.")


def one_sim() -> build.QueryVariable:
    """The one SIM."""
    series = f'sim_info{{{CLUSTER}, namespace="$namespace"}}'
    return _one("sim", "SIM", series, "name", "The SIM resource.")


def _one(name: str, label: str, series: str, value: str, text: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(label)
        .description(text)
        .datasource(SOURCE)
        .query({"query": f"label_values({series}, {value})", "refId": f"variable-{name}"})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
    )


def _several(name: str, label: str, series: str, value: str, text: str) -> build.QueryVariable:
    return (
        _one(name, label, series, value, text)
        .multi(True)
        .include_all(True)
        .all_value(_EVERYTHING)
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def to_page(title: str, uid: str, **fields: str) -> build.DashboardLink:
    """A link of a row to a page: each variable, and the label that gives its value."""
    given = {name: f"${{__data.fields.{label}}}" for name, label in fields.items()}
    return _to(title, uid, given)


def to_page_of_series(title: str, uid: str, **labels: str) -> build.DashboardLink:
    """A link of a curve or a bar to a page: each variable, and the label that gives its value."""
    given = {name: f"${{__field.labels.{label}}}" for name, label in labels.items()}
    return _to(title, uid, given)


def to_chosen(title: str, uid: str, *variables: str) -> build.DashboardLink:
    """A link of a whole panel to a page, with what is chosen here."""
    return _to(title, uid, {}, *variables)


def _to(title: str, uid: str, values: Mapping[str, str], *passed_on: str) -> build.DashboardLink:
    chosen = (f"${{{name}:queryparam}}" for name in ("datasource", "cluster", *passed_on))
    told = (f"var-{name}={value}" for name, value in values.items())
    return _link(title, f"/d/{uid}?{'&'.join((*chosen, *told))}&${{__url_time_range}}")


def _link(title: str, url: str) -> build.DashboardLink:
    return build.DashboardLink(title).type(model.DashboardLinkType.LINK).url(url)


def to_runbooks(title: str, page: str) -> build.DashboardLink:
    """A link of a panel to a page of the documentation."""
    base = "https://github.com/sim-operator/sim-operator/blob/main/docs/"
    return _link(title, base + quote(page, safe="/#")).target_blank(True)


def page(uid: str, title: str, text: str) -> build.Dashboard:
    """A dashboard without panels: its links to the others, its time range."""
    made = (
        build.Dashboard(title)
        .uid(uid)
        .description(text)
        .tags(["sim-operator"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("1m")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .with_variable(datasource())
    )
    for other, name in PAGES.items():
        if other != uid:
            made.link(
                build.DashboardLink(name)
                .type(model.DashboardLinkType.LINK)
                .url(f"/d/{other}")
                .icon("dashboard")
                .tooltip(f"To the page {name}, with what is chosen here")
                .include_vars(True)
                .keep_time(True)
            )
    return made
