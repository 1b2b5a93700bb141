"""A real Argo CD beside the cluster: Redis, repo-server and application-controller as processes."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from tests.cluster.control_plane import free_port
from tests.cluster.processes import LeashedProcess
from tests.e2e.argocd import settings
from tests.e2e.argocd.programs import Programs
from tests.e2e.ground import Ground
from tests.e2e.hands import Hands
from tests.gitops.examples import EXAMPLES

HEALTH_CHECKS: Final = EXAMPLES / "argo-cd" / "argocd-cm.yaml"
LOOPBACK: Final = "127.0.0.1"
RESYNC_SECONDS: Final = 10
GRACE_SECONDS: Final = 20.0


class ArgoCD:
    """Everything listens on the loopback of the cluster's network; stop it at the end."""

    def __init__(self, programs: Programs, ground: Ground, hands: Hands, folder: Path) -> None:
        """Nothing runs yet."""
        self._programs, self._ground, self._hands = programs, ground, hands
        self._folder = folder
        self._processes: dict[str, LeashedProcess] = {}

    def start(self) -> None:
        """Install what it needs in the cluster and start it; then add the health checks."""
        hands = self._hands
        for crd in ("application", "applicationset", "appproject"):
            file = self._programs.source / "manifests" / "crds" / f"{crd}-crd.yaml"
            # Too large for the annotation of a client-side apply.
            hands.kubectl("apply", "--server-side", f"--filename={file}")
        for kind in (settings.APPLICATIONS, settings.PROJECTS):
            hands.until(partial(self._is_served, kind), f"{kind} is served")
        hands.apply(*settings.objects())
        redis, repo, metrics = free_port(), free_port(), free_port()
        self._start_redis(redis)
        self._start_repo_server(repo, redis, metrics)
        self._start_controller(repo, redis, free_port())
        # As the documentation says, and while it runs: it takes them in without a restart.
        patching = ("patch", "configmap", "argocd-cm", f"--namespace={settings.NAMESPACE}")
        hands.kubectl(*patching, f"--patch-file={HEALTH_CHECKS}")

    def stop(self) -> None:
        """End it, the last one first."""
        for process in reversed(self._processes.values()):
            process.stop()
        self._processes.clear()

    def failure(self) -> str | None:
        """What has ended by itself, with the end of its log."""
        for name, process in self._processes.items():
            if process.code is not None:
                return f"{name} has ended with code {process.code}:\n{process.tail()}"
        return None

    def tail(self, name: str) -> str:
        """The end of a log."""
        return self._processes[name].tail(30)

    def _is_served(self, kind: str) -> bool:
        return self._hands.get(kind) is not None

    def _start_redis(self, port: int) -> None:
        command = [self._programs.redis, "--bind", LOOPBACK, "--port", str(port)]
        self._start("redis", [*command, "--save", "", "--appendonly", "no"], {})

    def _start_repo_server(self, port: int, redis: int, metrics: int) -> None:
        options = [f"--redis={LOOPBACK}:{redis}", f"--address={LOOPBACK}", f"--port={port}"]
        options += [f"--metrics-address={LOOPBACK}", f"--metrics-port={metrics}"]
        options += ["--disable-tls", "--client-ca-path="]
        self._start_part("argocd-repo-server", options)

    def _start_controller(self, repo: int, redis: int, metrics: int) -> None:
        options = [f"--redis={LOOPBACK}:{redis}", f"--metrics-port={metrics}"]
        options += [f"--repo-server={LOOPBACK}:{repo}", "--repo-server-plaintext"]
        options += [f"--namespace={settings.NAMESPACE}", "--persist-resource-health"]
        # It compares every few minutes unless told to do so more often.
        options += [f"--app-resync={RESYNC_SECONDS}", "--app-resync-jitter=0"]
        self._start_part("argocd-application-controller", options)

    def _start_part(self, name: str, options: list[str]) -> None:
        # One binary; the name under which it is called says what it is.
        program = self._folder / name
        program.symlink_to(self._programs.argocd)
        environ = {
            "KUBECONFIG": str(self._ground.kubeconfig),
            # The cluster of the kubeconfig is the one that Applications mean by the usual address.
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_TLS_DATA_PATH": str(self._empty("tls")),
            "ARGOCD_SSH_DATA_PATH": str(self._empty("ssh")),
            "HOME": str(self._empty("home")),
            "TMPDIR": str(self._empty("tmp")),
            "PATH": f"{self._scripts()}:{self._programs.helm.parent}:{os.environ['PATH']}",
        }
        self._start(name, [str(program), "--logformat=text", *options], environ)

    def _start(self, name: str, command: list[str], environ: Mapping[str, str]) -> None:
        self._processes[name] = LeashedProcess(
            self._ground.reaching(command),
            self._folder / f"{name}.log",
            environ={**os.environ, **environ},
            folder=self._folder,
            grace=GRACE_SECONDS,
        )

    def _scripts(self) -> Path:
        """What the image of Argo CD has on its search path: a commit is asked for its signature."""
        folder = self._empty("scripts")
        name = "git-verify-wrapper.sh"
        (folder / name).write_bytes((self._programs.source / "hack" / name).read_bytes())
        (folder / name).chmod(0o755)
        return folder

    def _empty(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        return folder
