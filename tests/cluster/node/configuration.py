"""Configuration and command lines of what runs on the node, pure but for the files written."""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster.commandlines import POD_RANGE, SERVICE_RANGE
from tests.cluster.node.place import (
    ADDRESS,
    CNI_PROGRAMS,
    DNS_ADDRESS,
    HOST_NAME,
    Identity,
    Place,
)

NETWORK: Final[dict[str, Any]] = {
    "cniVersion": "0.4.0",
    "name": "pods",
    "plugins": [
        {
            # Point to point, not a bridge: the firewall sees what goes from pod to pod.
            "type": "ptp",
            "ipMasq": False,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": POD_RANGE, "gateway": ADDRESS}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        }
    ],
}
RUNTIME: Final = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
  address = {socket}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {pause}
  # Without it a sandbox fails where the kernel does not let its score be lowered.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = {cni_programs}
    conf_dir = {networks}

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
"""
NAMES: Final = """\
.:53 {{
    bind {address}
    errors
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {kubeconfig}
        ttl 5
    }}
    cache 5
}}
"""


def runtime(place: Place, pause: str) -> list[str]:
    """Give the command line of containerd."""
    place.file("cni/10-pods.conflist", json.dumps(NETWORK, indent=1))
    content = RUNTIME.format(
        socket=json.dumps(str(place.runtime_socket)),
        pause=json.dumps(pause),
        cni_programs=json.dumps(str(CNI_PROGRAMS)),
        networks=json.dumps(str(place.networks)),
    )
    return ["containerd", "--config", str(place.file("containerd.toml", content))]


def kubelet(program: Path, place: Place, identity: Identity) -> list[str]:
    """Give the command line of the kubelet."""
    resolver = place.file("resolv.conf", f"nameserver {ADDRESS}\n")
    settings = _kubelet_settings(place, identity, resolver)
    return [
        str(program),
        f"--config={place.file('kubelet.yaml', yaml.safe_dump(settings))}",
        f"--kubeconfig={place.kubeconfig('kubelet')}",
        f"--hostname-override={HOST_NAME}",
        f"--node-ip={ADDRESS}",
        "--root-dir=/var/lib/kubelet",
    ]


def _kubelet_settings(place: Place, identity: Identity, resolver: Path) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(identity.authority)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(identity.serving.certificate),
        "tlsPrivateKeyFile": str(identity.serving.key),
        "containerRuntimeEndpoint": f"unix://{place.runtime_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{place.name}",
        "failSwapOn": False,
        "failCgroupV1": False,
        "clusterDomain": "cluster.local",
        "clusterDNS": [DNS_ADDRESS],
        "resolvConf": str(resolver),
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        # What fills up the disk of this machine is no reason to evict anything.
        "evictionHard": dict.fromkeys(
            ("imagefs.available", "imagefs.inodesFree", "nodefs.available", "nodefs.inodesFree"),
            "0%",
        ),
        "imageGCHighThresholdPercent": 100,
    }


def scheduler(program: Path, place: Place) -> list[str]:
    """Give the command line of the scheduler."""
    return [
        str(program),
        f"--kubeconfig={place.kubeconfig('scheduler')}",
        "--leader-elect=false",
        f"--bind-address={ADDRESS}",
    ]


def proxy(program: Path, place: Place) -> list[str]:
    """Give the command line of kube-proxy."""
    return [
        str(program),
        f"--kubeconfig={place.kubeconfig('proxy')}",
        f"--hostname-override={HOST_NAME}",
        f"--cluster-cidr={POD_RANGE}",
        "--proxy-mode=iptables",
        # Limits of the machine's connection tracking are not the node's to set.
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0s",
        "--conntrack-tcp-timeout-close-wait=0s",
    ]


def names(program: Path, place: Place) -> list[str]:
    """Give the command line of CoreDNS."""
    content = NAMES.format(address=ADDRESS, kubeconfig=place.kubeconfig("coredns"))
    return [str(program), "-conf", str(place.file("Corefile", content))]


def policies(program: Path, place: Place) -> list[str]:
    """Give the command line of kube-router, which enforces NetworkPolicies and nothing else."""
    return [
        str(program),
        f"--kubeconfig={place.kubeconfig('router')}",
        f"--hostname-override={HOST_NAME}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--run-firewall=true",
        "--run-router=false",
        "--run-service-proxy=false",
        "--run-loadbalancer=false",
    ]
