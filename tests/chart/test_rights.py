"""Who may do what: the operator, Jobs, the test, and people."""

from typing import Any

import pytest
import yaml

from tests.chart.cases import ACCOUNT, CASES, SIMULATOR, UNSAFE_CRDS, WATCHED
from tests.chart.granted import EVERYWHERE, Right, granted, rights
from tests.chart.rendering import (
    CHART,
    NAMESPACE,
    RELEASE,
    RefusedError,
    Rendered,
    render,
)

CLUSTER_SCOPED = {"customresourcedefinitions", "namespaces"}
PEOPLE = ("view", "edit", "admin")


def listed() -> set[Right]:
    """The one list of the operator's rights."""
    return rights(yaml.safe_load((CHART / "files/clusterrole.yaml").read_text())["rules"])


def rules_about(resource: str, rendered: Rendered) -> list[dict[str, Any]]:
    return [
        rule
        for kind in ("Role", "ClusterRole")
        for role in rendered.of(kind)
        for rule in role.get("rules", ())
        if resource in rule["resources"]
    ]


LEASES_DELETE = ("coordination.k8s.io", "leases", "delete")
SHARED: dict[str, Any] = {"settings": {"sharding": True}}


def test_the_operator_gets_the_listed_rights_and_nothing_else() -> None:
    given = granted(render(SHARED))
    assert given.keys() == {EVERYWHERE, NAMESPACE}
    assert given[EVERYWHERE] | given[NAMESPACE] == listed()


def test_leader_election_is_allowed_where_the_lease_is_and_nowhere_else() -> None:
    leases = {right for right in listed() if right[1] == "leases"}
    shared = granted(render(SHARED))
    assert shared[NAMESPACE] == leases
    assert shared[EVERYWHERE].isdisjoint(leases)
    alone = granted(render())
    assert alone[NAMESPACE] == {right for right in leases if right[2] != "delete"}
    assert alone[EVERYWHERE] == shared[EVERYWHERE]


def by_verb(values: dict[str, Any]) -> dict[str, list[str] | None]:
    """The names to which each right on Leases is bound; None: all of them."""
    return {
        verb: rule.get("resourceNames")
        for rule in rules_about("leases", render(values))
        for verb in rule["verbs"]
    }


def test_of_leases_only_its_own_can_be_changed_unless_replicas_share_the_accounts() -> None:
    own = ["sim-operator"]
    assert by_verb({}) == {"list": None, "create": None, "get": own, "update": own}
    verbs = ("get", "list", "create", "update", "delete")
    assert by_verb(SHARED) == dict.fromkeys(verbs)


def test_where_some_namespaces_are_watched_rights_hold_in_these_alone() -> None:
    given = granted(render(WATCHED))
    everywhere = {right for right in listed() if right[1] in CLUSTER_SCOPED}
    leases = {right for right in listed() if right[1] == "leases"}
    assert given[EVERYWHERE] == everywhere
    assert given["plant-a"] == listed() - everywhere - leases
    assert given[NAMESPACE] == listed() - everywhere - {LEASES_DELETE}
    assert given.keys() == {EVERYWHERE, "plant-a", NAMESPACE}


def test_the_release_namespace_is_not_watched_unless_it_is_named() -> None:
    given = granted(render({"watchNamespaces": ["plant-a"]}))
    leases = {right for right in listed() if right[1] == "leases"}
    assert given[NAMESPACE] == leases - {LEASES_DELETE}


def test_the_secrets_that_may_be_read_can_be_named() -> None:
    rendered = render({"rbac": {"secretNames": ["onence-credentials", "streamer"]}})
    (rule,) = rules_about("secrets", rendered)
    assert rule["resourceNames"] == ["onence-credentials", "streamer"]
    assert granted(rendered) == granted(render())


@pytest.mark.parametrize("case", CASES)
def test_nobody_may_do_everything_or_list_secrets(case: str) -> None:
    files, values = CASES[case]
    rendered = render(values, files=files)
    for role in rendered.of("ClusterRole") + rendered.of("Role"):
        given = rights(role.get("rules", ()))
        assert not any("*" in right for right in given), role["metadata"]["name"]
        assert {verb for _, what, verb in given if what == "secrets"} <= {"get"}


@pytest.mark.parametrize("case", CASES)
def test_every_binding_leads_to_a_role_and_an_account_of_the_release(case: str) -> None:
    files, values = CASES[case]
    rendered = render(values, files=files)
    accounts = set(rendered.names("ServiceAccount")) | {"given"}
    for binding in rendered.of("RoleBinding") + rendered.of("ClusterRoleBinding"):
        assert binding["roleRef"]["name"] in rendered.names(binding["roleRef"]["kind"])
        for subject in binding["subjects"]:
            assert subject["name"] in accounts
            assert subject["namespace"] == NAMESPACE


def test_the_job_that_applies_the_account_may_touch_that_account_only() -> None:
    rendered = render(ACCOUNT)
    (role,) = (one for one in rendered.of("Role") if one["metadata"]["name"].endswith("-account"))
    assert granted(rendered, f"{RELEASE}-account") == {
        NAMESPACE: {("sim-operator.io", "simaccounts", verb) for verb in ("get", "create", "patch")}
    }
    bound = {verb: rule.get("resourceNames") for rule in role["rules"] for verb in rule["verbs"]}
    assert bound == {"create": None, "get": ["default"], "patch": ["default"]}


def test_the_check_before_an_uninstall_may_only_look() -> None:
    given = granted(render(UNSAFE_CRDS), f"{RELEASE}-uninstall-check")
    kinds = ("sims", "simaccounts", "quotapolicies")
    assert given == {EVERYWHERE: {("sim-operator.io", kind, "list") for kind in kinds}}


def test_the_test_may_make_a_sim_only_where_there_is_a_simulator() -> None:
    made = granted(render({**ACCOUNT, **SIMULATOR}), f"{RELEASE}-test")
    assert ("sim-operator.io", "sims", "create") in made[NAMESPACE]
    # Which of the simulator's SIMs somebody claims already, in whatever namespace.
    assert made[EVERYWHERE] == {("sim-operator.io", "sims", "list")}
    real = granted(render({**ACCOUNT, "tests": {"sims": ["plant-a/pump-01"]}}), f"{RELEASE}-test")
    assert real == {
        NAMESPACE: {("sim-operator.io", "simaccounts", "get")},
        "plant-a": {("sim-operator.io", "sims", "get")},
    }


def test_rights_can_be_left_to_others() -> None:
    rendered = render({"rbac": {"create": False, "aggregate": False}, **ACCOUNT, **UNSAFE_CRDS})
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    assert [name for kind in kinds for name in rendered.names(kind)] == []
    used = {job["spec"]["template"]["spec"]["serviceAccountName"] for job in rendered.of("Job")}
    assert used == {RELEASE}


def people(verb: str) -> dict[str, set[str]]:
    """Who gets a verb on which resources by itself, without what is aggregated into it."""
    rendered = render()
    return {
        who: {
            resource
            for rule in rendered.one("ClusterRole", f"{RELEASE}-{who}")["rules"]
            if verb in rule["verbs"]
            for resource in rule["resources"]
        }
        for who in PEOPLE
    }


def test_only_admins_may_edit_accounts_because_these_hold_the_guards() -> None:
    for verb in ("create", "update", "patch", "delete"):
        assert people(verb) == {
            "view": set(),
            "edit": {"sims", "quotapolicies"},
            "admin": {"simaccounts"},
        }


def test_viewers_see_every_resource_and_its_status() -> None:
    kinds = {"sims", "quotapolicies", "simaccounts"}
    assert people("get")["view"] == kinds | {f"{kind}/status" for kind in kinds}


def test_nobody_may_write_a_status_in_which_the_guards_have_their_memory() -> None:
    for verb in ("update", "patch"):
        assert not any("/status" in one for given in people(verb).values() for one in given)


def test_the_roles_of_people_are_aggregated_upwards() -> None:
    prefix = "rbac.authorization.k8s.io/aggregate-to-"
    rendered = render()
    given = {
        who: {
            label.removeprefix(prefix)
            for label in rendered.one("ClusterRole", f"{RELEASE}-{who}")["metadata"]["labels"]
            if label.startswith(prefix)
        }
        for who in PEOPLE
    }
    assert given == {
        "view": {"view", "edit", "admin"},
        "edit": {"edit", "admin"},
        "admin": {"admin"},
    }


def test_an_account_that_is_not_made_has_to_be_named_or_it_is_the_default_one() -> None:
    rendered = render({"serviceAccount": {"create": False, "name": "given"}})
    assert rendered.operator()["spec"]["template"]["spec"]["serviceAccountName"] == "given"
    assert granted(rendered, "given") == granted(render())


def test_an_account_outside_of_what_is_watched_is_refused_by_name() -> None:
    with pytest.raises(RefusedError, match=f"Add {NAMESPACE} to watchNamespaces"):
        render({"watchNamespaces": ["plant-a"], **ACCOUNT})
    with pytest.raises(RefusedError, match="Add plant-b to watchNamespaces"):
        render({"watchNamespaces": ["plant-a"], "settings": {"defaultAccount": "plant-b/main"}})
