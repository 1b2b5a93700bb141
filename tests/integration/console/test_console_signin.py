"""Who is who: tokens, sessions, proxies, and who is nobody."""

import asyncio
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.console.people import LOOPBACK, Person, Served, person, serving

pytestmark = pytest.mark.cluster

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PROXY_SECRET = "a-secret-that-only-the-proxy-has"


async def sign_in(client: httpx.AsyncClient, token: str, **more: str) -> httpx.Response:
    page = await client.get("/signin")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None, page.text
    fields = {"csrf": csrf.group(1), "token": token} | more
    return await client.post("/signin", content=urlencode(fields), headers=FORM)


async def is_signed_in(client: httpx.AsyncClient) -> bool:
    return (await client.get("/api/v1/me")).status_code == 200


async def test_a_bearer_token_is_known_by_the_name_that_rbac_has_for_it(
    kubeconfig: Path, owner: Person
) -> None:
    async with serving(kubeconfig) as console, console.client(owner.token()) as client:
        me = (await client.get("/api/v1/me")).json()
    assert me["name"] == owner.user
    assert "system:serviceaccounts" in me["groups"]
    assert (me["by"], me["csrfToken"]) == ("token", "")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"X-Forwarded-User": "admin", "X-Forwarded-Groups": "system:masters"},
        {"X-Remote-User": "admin"},
        {"Impersonate-User": "system:admin"},
        {"Cookie": "sim-operator-session=admin"},
    ],
    ids=lambda one: ",".join(one) or "nothing",
)
async def test_who_proves_nothing_is_nobody(kubeconfig: Path, headers: dict[str, str]) -> None:
    async with serving(kubeconfig) as console, console.client(**headers) as client:
        answer = await client.get("/api/v1/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:sim-operator:problem:unauthenticated"
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_token_for_another_audience_is_nobodys(kubeconfig: Path, owner: Person) -> None:
    token = owner.token("--audience=sim-operator-history")
    async with serving(kubeconfig) as console, console.client(token) as client:
        assert not await is_signed_in(client)


async def test_signing_in_gives_a_cookie_that_no_script_and_no_other_site_sees(
    kubeconfig: Path, owner: Person
) -> None:
    token = owner.token()
    async with serving(kubeconfig) as console, console.client() as client:
        answer = await sign_in(client, token, next="/sims?text=pump")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sims?text=pump")
        cookies = answer.headers.get_list("set-cookie")
        session = next(one for one in cookies if "session=" in one and "Max-Age=0" not in one)
        assert {"HttpOnly", "Path=/", "SameSite=strict"} <= set(session.split("; "))
        assert token not in "".join(cookies)
        assert token.split(".")[1][:24] not in "".join(cookies)
        me = (await client.get("/api/v1/me")).json()
        assert (me["name"], me["by"]) == (owner.user, "session")
        assert me["csrfToken"]


async def test_beyond_loopback_the_cookie_is_for_tls_alone(kubeconfig: Path, owner: Person) -> None:
    async with serving(kubeconfig) as console, console.client(Host="console.example") as client:
        page = await client.get("/signin")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie.split("; ")


async def test_signing_out_ends_the_session_also_for_who_kept_its_cookie(
    kubeconfig: Path, owner: Person
) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        await sign_in(client, owner.token())
        kept = dict(client.cookies)
        csrf = (await client.get("/api/v1/me")).json()["csrfToken"]
        refused = await client.post("/signout", content="csrf=forged", headers=FORM)
        assert (refused.status_code, await is_signed_in(client)) == (403, True)
        answer = await client.post("/signout", content=urlencode({"csrf": csrf}), headers=FORM)
        assert (answer.status_code, answer.headers["location"]) == (303, "/signin")
        async with console.client() as other:
            other.cookies.update(kept)
            assert not await is_signed_in(other)


async def test_a_wrong_token_leads_back_to_the_form(kubeconfig: Path, owner: Person) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        answer = await sign_in(client, owner.token()[:-4] + "AAAA", next="/sims")
        assert answer.headers["location"] == "/signin?error=refused&next=%2Fsims"
        assert not await is_signed_in(client)


async def test_a_link_on_another_site_finds_who_is_signed_in(
    kubeconfig: Path, owner: Person
) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        await sign_in(client, owner.token())
        kept = dict(client.cookies)
        client.cookies.clear()  # as a browser does with strict ones
        path = "/signin?next=%2Fsims"
        first = await client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
        assert 'http-equiv="refresh" content="0;url=/signin?next=%2Fsims"' in first.text
        client.cookies.update(kept)
        second = await client.get(path, headers={"Sec-Fetch-Site": "same-origin"})
    assert (second.status_code, second.headers["location"]) == (303, "/sims")


@pytest.mark.parametrize("where", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_signing_in_never_leads_to_another_site(
    kubeconfig: Path, owner: Person, where: str
) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        answer = await sign_in(client, owner.token(), next=where)
    assert answer.headers["location"] == "/"


async def test_nobody_is_signed_in_by_the_form_of_another_browser(
    kubeconfig: Path, owner: Person
) -> None:
    async with serving(kubeconfig) as console:
        async with console.client() as attacker:
            page = await attacker.get("/signin")
        csrf = re.search(r'value="([^"]+)"', page.text)
        assert csrf is not None
        fields = {"csrf": csrf.group(1), "token": owner.token()}
        async with console.client() as victim:
            answer = await victim.post("/signin", content=urlencode(fields), headers=FORM)
            assert answer.headers["location"] == "/signin?error=again"
            assert not await is_signed_in(victim)


async def test_a_session_ends_with_the_account_behind_its_token(
    kubeconfig: Path, cluster: Cluster, namespace: str
) -> None:
    guest = person(cluster, namespace)
    async with serving(kubeconfig) as console, console.client() as client:
        await sign_in(client, guest.token())
        assert await is_signed_in(client)
        kubectl(
            cluster.kubeconfig, "delete", "serviceaccount", guest.name, f"--namespace={namespace}"
        )
        for _ in range(200):
            if not await is_signed_in(client):
                break
            await asyncio.sleep(0.1)
        assert not await is_signed_in(client)
        assert len(console.opened.console.rights.sessions) == 0


async def test_a_proxy_is_believed_with_its_secret_and_from_its_network(
    kubeconfig: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PROXY_SECRET)
    settings: dict[str, Any] = {
        "console_proxy_networks": (LOOPBACK,),
        "console_proxy_secret_file": secret,
    }
    headers = {
        "X-Forwarded-User": "ann@example.com",
        "X-Forwarded-Groups": "fleet,ops",
        "X-Sim-Operator-Proxy-Secret": PROXY_SECRET,
    }
    async with serving(kubeconfig, **settings) as console:
        async with console.client(**headers) as client:
            me = (await client.get("/api/v1/me")).json()
        assert (me["name"], me["by"]) == ("oidc:ann@example.com", "proxy")
        assert me["groups"] == ["oidc:fleet", "oidc:ops", "system:authenticated"]
        assert await _status(console, headers | {"X-Sim-Operator-Proxy-Secret": "a-guess"}) == 401
        assert await _status(console, {"X-Forwarded-User": "ann@example.com"}) == 401
    elsewhere = settings | {"console_proxy_networks": ("10.0.0.0/8",)}
    async with serving(kubeconfig, **elsewhere) as console:
        assert await _status(console, headers) == 401


async def _status(console: Served, headers: dict[str, str]) -> int:
    async with console.client(**headers) as client:
        return (await client.get("/api/v1/me")).status_code
