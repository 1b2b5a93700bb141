"""What every answer has, and what no request may do."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from sim_operator.telemetry.metrics import Source, rows
from tests.cluster import Cluster, apply
from tests.integration.console.people import Person, person, serving, sim, until

pytestmark = pytest.mark.cluster

POLICY = {
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'self'",
}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/health", 200),
        ("/docs", 200),
        ("/docs/openapi.json", 200),
        ("/api/v1/sims", 401),
        ("/api/v1/none", 404),
        ("/internal/v1/readings", 405),
        ("/internal/v1/parts", 405),
        ("/signin", 200),
    ],
)
async def test_every_answer_tells_the_browser_to_load_nothing_from_elsewhere(
    kubeconfig: Path, path: str, code: int
) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        answer = await client.get(path)
    assert answer.status_code == code
    assert set(answer.headers["content-security-policy"].split("; ")) >= POLICY
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert (
        "private" in answer.headers["cache-control"]
        or "no-store" in answer.headers["cache-control"]
    )
    assert "server" not in answer.headers
    if code >= 400:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (
            code,
            True,
            True,
        )


async def test_the_page_of_the_api_loads_nothing_and_names_every_route(kubeconfig: Path) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        page = (await client.get("/docs")).text
        described = (await client.get("/docs/openapi.json")).json()
    assert re.findall(r'<(?:script|img|iframe)|src=|style=|="(?:https?:)?//', page) == []
    assert all(one.startswith("/static/") for one in re.findall(r'<link [^>]*href="([^"]*)', page))
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert f"{method.upper()} {path}" in unescape(page)
            assert operation["summary"]
            assert operation["description"]


async def test_probes_and_metrics_have_a_port_of_their_own_and_need_no_sign_in(
    kubeconfig: Path, owner: Person, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/history.db"
    async with serving(kubeconfig, database_url=url) as console:
        archive = console.opened.console.archive
        await until(lambda: archive.health is not None, "the history to be looked at")
        async with console.client(owner.token()) as client:
            await client.get("/api/v1/sims")
            same = await client.get("/api/v1/metrics")
            assert (await client.get("/metrics")).status_code == 404
        async with console.client() as nobody:
            assert (await nobody.get("/api/v1/metrics")).status_code == 401
        beside = f"http://127.0.0.1:{console.opened.metrics_port}"
        async with httpx.AsyncClient(base_url=beside, trust_env=False) as probe:
            ready = (await probe.get("/readyz")).json()
            healthy = await probe.get("/healthz")
            text = (await probe.get("/metrics")).text
    assert (ready["status"], healthy.status_code) == ("ready", 200)
    assert 'sim_operator_console_requests_total{code="200",route="/api/v1/sims"} 1.0' in text
    assert "sim_operator_console_history_open 1.0" in same.text
    for row in rows(Source.CONSOLE):
        assert f"# HELP {row.name.removesuffix('_total')}" in text
    assert owner.name not in text


@pytest.mark.parametrize(
    "query",
    [
        "size=501",
        "size=0",
        "page=0",
        "page=100001",
        "page=99999999999999999999999",
        "sort=__class__",
        "direction=up",
        "state=Off",
        f"text={'x' * 201}",
        f"labels={'a=b,' * 300}",
        f"namespace={'a' * 64}",
        "labels=fleet%3Dpumps%27%20OR%201%3D1",
        "labels=a%00b",
        "labels=%28%28%28%28",
        "labels=" + "%28" * 1000,
    ],
    ids=lambda one: one[:40],
)
async def test_a_query_beyond_its_bounds_is_refused(
    kubeconfig: Path, owner: Person, query: str
) -> None:
    async with serving(kubeconfig) as console, console.client(owner.token()) as client:
        answer = await client.get(f"/api/v1/sims?{query}")
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("text", ["'; DROP TABLE sims", "%", "(.*)+$", "\\", "<script>", "{{1+1}}"])
async def test_a_text_is_looked_for_as_it_is(
    kubeconfig: Path, owner: Person, cluster: Cluster, text: str
) -> None:
    apply(cluster.kubeconfig, [sim(owner.namespace, "pump", 1234567)])
    async with serving(kubeconfig) as console, console.client(owner.token()) as client:
        await console.knows(owner.namespace, 1)
        answer = await client.get("/api/v1/sims", params={"text": text})
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


async def test_a_body_beyond_its_bounds_is_not_read(kubeconfig: Path, owner: Person) -> None:
    path = f"/api/v1/sims/{owner.namespace}/pump/label"
    async with serving(kubeconfig) as console, console.client(owner.token()) as client:
        large = await client.post(path, content=json.dumps({"label": "x" * 70_000}))

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"x" * 4096

        streamed = await client.post(path, content=pieces())
    assert (large.status_code, streamed.status_code) == (413, 413)
    assert large.json()["type"] == "urn:sim-operator:problem:too-large"


async def test_who_asks_too_often_is_told_when_to_come_again(
    kubeconfig: Path, owner: Person
) -> None:
    async with serving(kubeconfig) as console, console.client(owner.token()) as client:
        answers = await asyncio.gather(*(client.get("/api/v1/me") for _ in range(250)))
        refused = [one for one in answers if one.status_code == 429]
        other = person(owner.cluster, owner.namespace)
        async with console.client(other.token()) as another:
            assert (await another.get("/api/v1/me")).status_code == 200
    assert {one.status_code for one in answers} == {200, 429}
    assert all(int(one.headers["retry-after"]) >= 1 for one in refused)
