"""A real Kubernetes node where no Docker is: kubelet, containerd, CNI, kube-proxy, CoreDNS.

It lives in namespaces of its own. Nothing of it can be reached from other machines, and whatever
happens to its owner, the kernel takes all of it away at once.
"""

from tests.cluster.node.images import Image, operator_image, prometheus_image
from tests.cluster.node.leftovers import Footprint, footprint, leftovers, look_at_machine
from tests.cluster.node.node import Node, prepare_node, start_node

__all__ = [
    "Footprint",
    "Image",
    "Node",
    "footprint",
    "leftovers",
    "look_at_machine",
    "operator_image",
    "prepare_node",
    "prometheus_image",
    "start_node",
]
