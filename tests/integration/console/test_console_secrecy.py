"""No token leaves the console: not into its log, its metrics, an answer, or a cookie."""

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from tests.cluster import Cluster, apply
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import Person, person, sim
from tests.tether import tethered

pytestmark = pytest.mark.cluster

PASSWORD = "a-password-of-the-database"
KEY = "k" * 40
PROXY = "the-secret-of-the-proxy"


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nothing_secret_is_told_whatever_goes_wrong(
    kubeconfig: Path, cluster: Cluster, owner: Person, tmp_path: Path, log_format: str
) -> None:
    for name, text in (("key", KEY), ("proxy", PROXY)):
        (tmp_path / name).write_text(text)
    apply(cluster.kubeconfig, [sim(owner.namespace, "pump", 99_000)])
    operator = person(cluster, owner.namespace)
    delivering = operator.token("--audience=sim-operator-history")
    token = owner.token()
    environment = {
        "log_level": "DEBUG",
        "log_format": log_format,
        "database_url": f"postgresql://sim:{PASSWORD}@127.0.0.1:1/history",
        "recorder": operator.user,
        "console_key_file": str(tmp_path / "key"),
        "console_proxy_networks": "127.0.0.0/8",
        "console_proxy_secret_file": str(tmp_path / "proxy"),
    }
    told: list[str] = []
    with ConsoleProcess(kubeconfig, tmp_path / "log", environment) as console:
        with httpx.Client(base_url=console.url, trust_env=False, timeout=30) as browser:
            page = browser.get("/signin")
            csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
            assert csrf is not None
            for given in (token[:-6] + "AAAAAA", token):
                form = urlencode({"csrf": csrf.group(1), "token": given})
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = browser.post("/signin", content=form, headers=kind)
                told.append(f"{answer.text} {answer.headers}")
            assert browser.get("/api/v1/me").status_code == 200
            read = ("/api/v1/me", "/api/v1/usage", "/api/v1/sims", "/api/v1/metrics")
            told += [browser.get(path).text for path in read]
        bearer = {"Authorization": f"Bearer {token}"}
        proxied = {"X-Sim-Operator-Proxy-Secret": PROXY, "X-Forwarded-User": "ann"}
        delivery = {"Authorization": f"Bearer {delivering}"}
        pump = f"/api/v1/sims/{owner.namespace}/pump"
        for headers in (bearer, proxied, delivery, {"Authorization": f"Bearer {token[:-3]}xyz"}):
            for method, path in (
                ("GET", pump),
                ("POST", f"{pump}/disable"),
                ("POST", "/internal/v1/readings"),
                ("POST", "/internal/v1/parts"),
                ("GET", f"/{token}"),
            ):
                answer = httpx.request(
                    method, f"{console.url}{path}", headers=headers, trust_env=False, timeout=30
                )
                told.append(f"{answer.text} {answer.headers}")
        told.append(
            httpx.get(f"http://127.0.0.1:{console.metrics_port}/metrics", trust_env=False).text
        )
        command = Path(f"/proc/{console.pid}/cmdline")
        told.append(command.read_text() if command.exists() else "")
    log = console.text()
    assert "the history cannot be used" in log
    for secret in (token, delivering, PASSWORD, KEY, PROXY):
        for form in (secret, base64.b64encode(secret.encode()).decode().rstrip("=")[:-2]):
            assert form not in log
            assert not [one for one in told if form in one]


def test_a_file_that_a_setting_names_and_that_is_not_there_ends_it_with_what_to_do(
    kubeconfig: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "none"
    ended = subprocess.run(
        tethered([sys.executable, "-m", "sim_operator", "console"]),
        env=os.environ
        | {
            "KUBECONFIG": str(kubeconfig),
            "SIM_OPERATOR_CONSOLE_PORT": "0",
            "SIM_OPERATOR_METRICS_PORT": "0",
            "SIM_OPERATOR_CONSOLE_KEY_FILE": str(missing),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert f"SIM_OPERATOR_CONSOLE_KEY_FILE: {missing}" in ended.stderr
    assert "Traceback" not in ended.stderr
