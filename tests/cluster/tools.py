"""Programs beside the control plane: what the chart and the end-to-end tests need."""

from typing import Final

from tests.cluster.compile import Part

HELM: Final = Part("helm", "helm.sh/helm/v3/cmd/helm", "helm")
HELM_DOCS: Final = Part("helm-docs", "github.com/norwoodj/helm-docs/cmd/helm-docs", "helm-docs")
KUBELET: Final = Part("kubelet", "k8s.io/kubernetes/cmd/kubelet", "kubernetes")
KUBE_PROXY: Final = Part("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy", "kubernetes")
KUBE_SCHEDULER: Final = Part("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", "kubernetes")
COREDNS: Final = Part("coredns", "github.com/coredns/coredns", "coredns")
ARGOCD: Final = Part("argocd", "github.com/argoproj/argo-cd/v3/cmd", "argocd")

TOOLS: Final = {
    part.name: part
    for part in (HELM, HELM_DOCS, KUBELET, KUBE_PROXY, KUBE_SCHEDULER, COREDNS, ARGOCD)
}
