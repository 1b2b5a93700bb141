"""`python -m tests.dashboards.pictures`: one picture of each dashboard."""

import argparse
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.cluster import apply, cluster, kubectl, service_account_kubeconfig
from tests.dashboards.pictures.browser import BrowserError, installed
from tests.dashboards.pictures.page import PageError, built
from tests.dashboards.pictures.story import SCRAPE_SECONDS, Story
from tests.dashboards.pictures.studio import NotAsDrawnError, Studio
from tests.dashboards.world import FleetWorld, opened
from tests.debian import InstallationError, NotInstallableError
from tests.integration.world import close_readers
from tests.monitoring.programs import ensure_programs
from tests.monitoring.server import PrometheusProcess, Scrape

ROOT = Path(__file__).resolve().parents[3]
ROLE = ROOT / "charts/sim-operator/files/clusterrole.yaml"
NAMESPACES = ("plant-a", "fleet-b")
_TROUBLE = (PageError, BrowserError, NotAsDrawnError, InstallationError, NotInstallableError)


def main() -> int:
    """Draw; 1 where a panel shows nothing, or could not be drawn."""
    parser = argparse.ArgumentParser(prog="python -m tests.dashboards.pictures")
    parser.add_argument("--to", type=Path, default=ROOT / ".demo/pictures", help="folder")
    parser.add_argument("--minutes", type=float, default=12.0, help="that the fleet lives")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds in a second")
    parser.add_argument("--mode", choices=("light", "dark"), default="light", help="theme")
    told = parser.parse_args()
    told.to.mkdir(parents=True, exist_ok=True)
    try:
        page, browser = built(os.environ), installed(os.environ)
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            world, prometheus = _stage(stack, folder, told.minutes, told.speed)
            begun = time.time()
            Story(world).play(told.minutes * 60)
            studio = stack.enter_context(Studio(page, browser, prometheus.url, told.mode))
            for picture in studio.draw(world, begun, told.to):
                sys.stdout.write(f"{picture}\n")
    except _TROUBLE as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _stage(
    stack: ExitStack, folder: Path, minutes: float, speed: float
) -> tuple[FleetWorld, PrometheusProcess]:
    """Everything that runs; simulated time begins so that it meets the real one at the end."""
    control_plane = stack.enter_context(cluster())
    stack.callback(close_readers)
    apply(control_plane.kubeconfig, ROOT / "crds")
    wait = ("wait", "--for=condition=Established", "--timeout=30s")
    kubectl(control_plane.kubeconfig, *wait, "--filename", str(ROOT / "crds"))
    account = service_account_kubeconfig(
        control_plane, "sim-operator", "sim-operator", ROLE, folder / "kubeconfig"
    )
    begin = time.time() - minutes * 60 * (speed - 1)
    start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin))
    made = opened(control_plane, account, folder, NAMESPACES, start_time=start, speed=speed)
    world = stack.enter_context(made)
    targets = [f"127.0.0.1:{replica.port}" for replica in world.replicas]
    scrape = Scrape(
        "sim-operator",
        targets,
        labels={"namespace": world.plant.namespace},
        interval=f"{SCRAPE_SECONDS}s",
    )
    prometheus = stack.enter_context(
        PrometheusProcess(ensure_programs(os.environ), folder / "prometheus", scrapes=[scrape])
    )
    prometheus.until_scraped()
    return world, prometheus


if __name__ == "__main__":
    sys.exit(main())
