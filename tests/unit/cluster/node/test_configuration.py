import ipaddress
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.certificates import Authority
from tests.cluster.commandlines import POD_RANGE, SERVICE_RANGE
from tests.cluster.node import configuration, objects
from tests.cluster.node.place import ADDRESS, DNS_ADDRESS, HOST_NAME, Identity, Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _option(command: list[str], name: str) -> str:
    return next(one.partition("=")[2] for one in command if one.startswith(f"--{name}="))


def test_the_addresses_lie_in_the_ranges_that_everybody_is_told() -> None:
    assert ipaddress.ip_address(ADDRESS) in ipaddress.ip_network(POD_RANGE)
    assert ipaddress.ip_address(DNS_ADDRESS) in ipaddress.ip_network(SERVICE_RANGE)


def test_containerd_uses_the_pause_image_and_the_network_of_the_node(place: Place) -> None:
    command = configuration.runtime(place, "sim-operator/pause:abc")
    settings = tomllib.loads(Path(command[-1]).read_text(encoding="utf-8"))
    runtime = settings["plugins"]["io.containerd.grpc.v1.cri"]
    assert runtime["sandbox_image"] == "sim-operator/pause:abc"
    assert settings["grpc"]["address"] == str(place.runtime_socket)
    (network,) = Path(runtime["cni"]["conf_dir"]).iterdir()
    (plugin,) = json.loads(network.read_text(encoding="utf-8"))["plugins"]
    assert plugin["ipam"]["ranges"] == [[{"subnet": POD_RANGE, "gateway": ADDRESS}]]


def test_the_kubelet_puts_pods_into_the_control_groups_of_the_node(place: Place) -> None:
    authority = Authority(place.folder)
    identity = Identity(authority.certificate, authority.serving("kubelet", ADDRESS))
    command = configuration.kubelet(Path("kubelet"), place, identity)
    settings: dict[str, Any] = yaml.safe_load(
        Path(_option(command, "config")).read_text(encoding="utf-8")
    )
    assert settings["cgroupRoot"] == f"/{place.name}"
    assert settings["clusterDNS"] == [DNS_ADDRESS]
    assert settings["authentication"]["anonymous"] == {"enabled": False}
    assert _option(command, "hostname-override") == HOST_NAME


def test_no_command_line_carries_a_secret_and_each_part_has_a_kubeconfig_of_its_own(
    place: Place,
) -> None:
    commands = [
        configuration.scheduler(Path("kube-scheduler"), place),
        configuration.proxy(Path("kube-proxy"), place),
    ]
    kubeconfigs = [_option(command, "kubeconfig") for command in commands]
    assert len(set(kubeconfigs)) == len(commands)
    configuration.names(Path("coredns"), place)
    names = (place.folder / "Corefile").read_text(encoding="utf-8")
    assert f"bind {ADDRESS}" in names
    assert str(place.kubeconfig("coredns")) in names


def test_the_service_of_dns_and_its_endpoints_belong_together() -> None:
    made = {one["kind"]: one for one in objects.of_names("system:coredns")}
    service, endpoints = made["Service"], made["EndpointSlice"]
    label = endpoints["metadata"]["labels"]["kubernetes.io/service-name"]
    assert label == service["metadata"]["name"]
    assert service["spec"]["clusterIP"] == DNS_ADDRESS
    assert endpoints["ports"] == service["spec"]["ports"]
    assert made["ClusterRoleBinding"]["subjects"][0]["name"] == "system:coredns"


def test_who_enforces_network_policies_may_read_them_and_write_nothing(place: Place) -> None:
    role = objects.of_policies("system:kube-router")[0]
    assert any("networkpolicies" in rule["resources"] for rule in role["rules"])
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"get", "list", "watch"}
    command = configuration.policies(Path("kube-router"), place)
    assert _option(command, "run-firewall") == "true"
    assert _option(command, "run-router") == "false"
