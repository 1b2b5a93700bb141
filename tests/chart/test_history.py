"""The history: who delivers it to whom, where it lies, and how it is backed up."""

from typing import Any

import pytest
import yaml

from tests.chart.cases import ACCOUNT, BACKUP, CONSOLE, NETWORK, POSTGRESQL
from tests.chart.isolation import egress_ports, policy
from tests.chart.rendering import NAMESPACE, RELEASE, ROOT, Manifest, RefusedError, Rendered, render

CONSOLE_NAME = f"{RELEASE}-console"
FILE = {"history": {**BACKUP["history"]}}
DUMPED = {"history": {**BACKUP["history"], **POSTGRESQL["history"]}}


def container(rendered: Rendered, name: str) -> Manifest:
    """The only container of a workload."""
    (pod,) = (one for one in rendered.pods() if one["metadata"]["name"] == name)
    (found,) = pod["spec"]["containers"]
    made: Manifest = found
    return made


def environment(one: Manifest) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in one["env"]}


def volumes(rendered: Rendered, name: str) -> dict[str, Manifest]:
    """Of a pod: where something is mounted, to what it is."""
    (pod,) = (one for one in rendered.pods() if one["metadata"]["name"] == name)
    named = {one["name"]: one for one in pod["spec"]["volumes"]}
    (one,) = pod["spec"]["containers"]
    return {mount["mountPath"]: {**named[mount["name"]], **mount} for mount in one["volumeMounts"]}


# --- delivery


def test_the_operator_delivers_to_the_console_and_shows_a_token_that_is_good_for_nothing_else() -> (
    None
):
    rendered = render(CONSOLE)
    told = rendered.environment()
    assert told["SIM_OPERATOR_HISTORY_URL"] == f"http://{CONSOLE_NAME}.{NAMESPACE}.svc:8082"
    folder, _, file = told["SIM_OPERATOR_HISTORY_TOKEN_FILE"].rpartition("/")
    mounted = volumes(rendered, RELEASE)[folder]
    assert mounted["readOnly"] is True
    (source,) = mounted["projected"]["sources"]
    assert source["serviceAccountToken"] == {
        "audience": "sim-operator-history",
        "expirationSeconds": 3600,
        "path": file,
    }


def test_the_console_takes_readings_from_the_operator_and_from_nobody_else() -> None:
    told = environment(container(render(CONSOLE), CONSOLE_NAME))
    assert told["SIM_OPERATOR_RECORDER"] == f"system:serviceaccount:{NAMESPACE}:{RELEASE}"
    given = {"serviceAccount": {"create": False, "name": "given"}}
    told = environment(container(render({**CONSOLE, **given}), CONSOLE_NAME))
    assert told["SIM_OPERATOR_RECORDER"] == f"system:serviceaccount:{NAMESPACE}:given"


@pytest.mark.parametrize("values", [{}, {**CONSOLE, "history": {"enabled": False}}])
def test_without_a_keeper_nothing_is_delivered_and_nothing_kept(values: dict[str, Any]) -> None:
    rendered = render(values)
    assert not any("HISTORY" in name for name in rendered.environment())
    assert volumes(rendered, RELEASE).keys() == {"/tmp"}  # noqa: S108 - the path of a mount
    assert rendered.of("PersistentVolumeClaim") == []
    for one in rendered.of("Deployment"):
        told = environment(container(rendered, one["metadata"]["name"]))
        assert "SIM_OPERATOR_DATABASE_URL" not in told


def test_the_port_of_the_consoles_service_is_where_the_operator_delivers() -> None:
    told = render({"console": {"enabled": True, "service": {"port": 80}}}).environment()
    assert told["SIM_OPERATOR_HISTORY_URL"].endswith(".svc:80")


# --- where it lies


def test_it_is_a_file_on_a_volume_that_outlives_the_release() -> None:
    rendered = render(CONSOLE)
    told = environment(container(rendered, CONSOLE_NAME))
    assert told["SIM_OPERATOR_DATABASE_URL"] == "sqlite:////data/history.db"
    claim = volumes(rendered, CONSOLE_NAME)["/data"]["persistentVolumeClaim"]["claimName"]
    made = rendered.one("PersistentVolumeClaim", claim)
    assert made["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert made["spec"]["accessModes"] == ["ReadWriteOnce"]


def test_the_volume_is_given_to_the_group_of_the_process_unless_the_platform_chooses_it() -> None:
    def context(values: dict[str, Any]) -> dict[str, Any]:
        pod = render({**CONSOLE, **values}).one("Deployment", CONSOLE_NAME)
        found: dict[str, Any] = pod["spec"]["template"]["spec"]["securityContext"]
        return found

    assert context({})["fsGroup"] == context({})["runAsGroup"]
    left = context({"podSecurityContext": {"runAsUser": None, "runAsGroup": None}})
    assert "fsGroup" not in left
    assert context({"podSecurityContext": {"fsGroup": 4711}})["fsGroup"] == 4711
    assert "fsGroup" not in render().operator()["spec"]["template"]["spec"]["securityContext"]


def test_the_volume_can_be_ones_own_or_none() -> None:
    given = {"storage": {"existingClaim": "mine"}}
    rendered = render({**CONSOLE, "history": given})
    assert volumes(rendered, CONSOLE_NAME)["/data"]["persistentVolumeClaim"] == {
        "claimName": "mine"
    }
    assert rendered.of("PersistentVolumeClaim") == []
    none = render({**CONSOLE, "history": {"storage": {"enabled": False}}})
    assert volumes(none, CONSOLE_NAME)["/data"]["emptyDir"] == {}


def test_postgresql_is_known_by_a_secret_and_takes_the_place_of_the_file() -> None:
    rendered = render({**CONSOLE, **POSTGRESQL})
    told = environment(container(rendered, CONSOLE_NAME))
    assert told["SIM_OPERATOR_DATABASE_URL"] == {
        "secretKeyRef": {"name": "history-url", "key": "url"}
    }
    assert "/data" not in volumes(rendered, CONSOLE_NAME)
    assert rendered.of("PersistentVolumeClaim") == []


BOTH = {**CONSOLE, "history": {"database": {"existingSecret": "history-url"}}}


def test_a_file_and_postgresql_at_once_are_refused() -> None:
    with pytest.raises(RefusedError, match=r"'/history/storage/enabled': value must be false"):
        render(BOTH)
    with pytest.raises(RefusedError, match=r"not in both\. Set history\.storage\.enabled to false"):
        render(BOTH, "--skip-schema-validation")


# --- backups


def backup(values: dict[str, Any]) -> Manifest:
    """The spec of the CronJob."""
    spec: Manifest = render(values).one("CronJob", f"{RELEASE}-backup")["spec"]
    return spec


def test_without_asking_nothing_is_backed_up() -> None:
    assert render({**CONSOLE, **ACCOUNT}).of("CronJob") == []


def test_a_file_is_copied_where_it_lies_and_into_another_volume() -> None:
    rendered = render({**CONSOLE, **FILE})
    name = f"{RELEASE}-backup"
    one = container(rendered, name)
    assert one["args"] == ["history", "backup", "--to=/backups", "--keep=14"]
    assert one["image"] == container(rendered, CONSOLE_NAME)["image"]
    assert environment(one) == {"SIM_OPERATOR_DATABASE_URL": "sqlite:////data/history.db"}
    mounted, console = volumes(rendered, name), volumes(rendered, CONSOLE_NAME)
    assert mounted["/data"]["persistentVolumeClaim"] == console["/data"]["persistentVolumeClaim"]
    target = mounted["/backups"]["persistentVolumeClaim"]["claimName"]
    assert target != console["/data"]["persistentVolumeClaim"]["claimName"]
    made = rendered.one("PersistentVolumeClaim", target)
    assert made["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_it_runs_on_the_node_of_the_console_whose_volume_is_on_one_node_at_a_time() -> None:
    elsewhere = {
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}
    }
    rendered = render(
        {**CONSOLE, **FILE, "affinity": elsewhere | {"nodeAffinity": {"with": "ssd"}}}
    )
    (pod,) = (one for one in rendered.pods() if one["metadata"]["name"] == f"{RELEASE}-backup")
    affinity = pod["spec"]["affinity"]
    assert affinity["nodeAffinity"] == {"with": "ssd"}
    kept, own = affinity["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert kept == {"topologyKey": "zone"}
    assert own["topologyKey"] == "kubernetes.io/hostname"
    console = rendered.one("Deployment", CONSOLE_NAME)["spec"]["template"]["metadata"]["labels"]
    assert own["labelSelector"]["matchLabels"].items() <= console.items()
    operator = rendered.operator()["spec"]["template"]["metadata"]["labels"]
    assert not own["labelSelector"]["matchLabels"].items() <= operator.items()


def test_two_backups_never_run_at_once_and_none_runs_for_ever() -> None:
    spec = backup({**CONSOLE, **FILE})
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 1800
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_when_and_how_many_and_where_to_can_be_said() -> None:
    said = {
        "schedule": "@daily",
        "timeZone": "Europe/Berlin",
        "keep": 3,
        "storage": {"existingClaim": "off-site"},
    }
    values = {**CONSOLE, "history": {"backup": {**BACKUP["history"]["backup"], **said}}}
    assert backup(values)["schedule"] == "@daily"
    assert backup(values)["timeZone"] == "Europe/Berlin"
    rendered = render(values)
    assert "--keep=3" in container(rendered, f"{RELEASE}-backup")["args"]
    target = volumes(rendered, f"{RELEASE}-backup")["/backups"]["persistentVolumeClaim"]
    assert target == {"claimName": "off-site"}
    assert len(rendered.of("PersistentVolumeClaim")) == 1


def test_postgresql_is_dumped_by_its_own_program_without_a_password_in_an_argument() -> None:
    pod = backup({**CONSOLE, **DUMPED})["jobTemplate"]["spec"]["template"]["spec"]
    address, dump = pod["initContainers"]
    (keep,) = pod["containers"]
    assert address["args"][:2] == ["history", "pg-service"]
    assert dump["image"] == "postgres:18-alpine"
    assert dump["command"] == ["pg_dump"]
    assert environment(dump) == {"PGSERVICEFILE": "/address/pg_service.conf"}
    assert address["args"][2] == "--to=/address/pg_service.conf"
    (file,) = (one.removeprefix("--file=") for one in dump["args"] if one.startswith("--file="))
    assert keep["args"] == ["history", "keep-dump", file, "--to=/backups", "--keep=14"]
    # Only the one that writes the file is told, and the file lies in memory.
    assert "env" not in keep
    (kept,) = (one for one in pod["volumes"] if one["name"] == "address")
    assert kept["emptyDir"]["medium"] == "Memory"
    assert "affinity" not in pod


def test_a_backup_never_speaks_to_the_cluster() -> None:
    rendered = render({**CONSOLE, **FILE, **NETWORK})
    (pod,) = (one for one in rendered.pods() if one["metadata"]["name"] == f"{RELEASE}-backup")
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert policy(rendered, f"{RELEASE}-backup")["egress"] == []
    dumped = policy(render({**CONSOLE, **DUMPED, **NETWORK}), f"{RELEASE}-backup")
    assert egress_ports(dumped, to_anybody=True) == {53, 5432}


def test_the_restore_of_the_documentation_fits_a_release_and_runs_as_its_console() -> None:
    text = (ROOT / "docs/examples/history/restore.yaml").read_text(encoding="utf-8")
    pod = yaml.safe_load(text)["spec"]["template"]["spec"]
    (restore,) = pod["containers"]
    rendered = render({**CONSOLE, **FILE}, namespace="sim-operator")
    console = rendered.one("Deployment", CONSOLE_NAME)["spec"]["template"]["spec"]
    assert pod["securityContext"] == console["securityContext"]
    (own,) = console["containers"]
    for name in ("image", "securityContext"):
        assert restore[name] == own[name]
    url = "SIM_OPERATOR_DATABASE_URL"
    assert environment(restore) == {url: environment(own)[url]}
    claims = {
        one["persistentVolumeClaim"]["claimName"]
        for one in pod["volumes"]
        if "persistentVolumeClaim" in one
    }
    assert claims == set(rendered.names("PersistentVolumeClaim"))
    assert restore["args"][:2] == ["history", "restore"]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            {**CONSOLE, "history": {"backup": {"enabled": True}, "storage": {"enabled": False}}},
            r"there is no volume that a backup could read\. Set history\.storage\.enabled to true",
        ),
        (BACKUP, r"there is no history: set console\.enabled and history\.enabled to true"),
        (
            {**CONSOLE, "history": {**BACKUP["history"], "enabled": False}},
            r"there is no history: set console\.enabled and history\.enabled to true",
        ),
        ({"history": {"backup": {"schedule": "daily"}}}, r"'/history/backup/schedule'"),
        ({"history": {"retention": {"days": 30}}}, r"'/history/retention/days': minimum"),
        ({"history": {"backup": {"keep": 0}}}, r"'/history/backup/keep': minimum"),
        ({"history": {"storage": {"size": "5GB"}}}, r"'/history/storage/size'"),
    ],
)
def test_what_cannot_be_backed_up_is_refused_with_what_to_change(
    values: dict[str, Any], told: str
) -> None:
    with pytest.raises(RefusedError, match=told):
        render(values)
