"""No secret is shown, whatever goes wrong: canaries are looked for in all that is shown."""

import base64
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import yaml

from tests.cluster import Cluster
from tests.integration.canaries import Canaries, forms, shown_by
from tests.integration.conftest import MakeWorld
from tests.integration.front import Arrived, Front, Told
from tests.integration.policy_worlds import Fleet
from tests.integration.trials import policy_text, tried
from tests.integration.world import World
from tests.keeper import Bad, Keeper

PATIENCE = 90.0
OTHERS = (
    "/api/v1/namespaces/{namespace}/configmaps",
    "/apis/events.k8s.io/v1/namespaces/{namespace}/events",
)


def canary(what: str) -> str:
    """A secret with everything in it that quoting changes."""
    return f'{what}-{secrets.token_hex(6)}/+=&"ü?{secrets.token_hex(6)}'


@dataclass
class Scene:
    """An operator whose every secret is a canary, behind a 1NCE that repeats what it is told."""

    world: World
    front: Front
    canaries: Canaries

    def secret(self, name: str) -> str:
        return self.canaries.secrets[name]

    def echo(self, status: int, *, oauth: bool = False, page: bool = False) -> None:
        """From now on calls (or requests for a token) are answered with what they carried."""

        def instead(asked: Arrived) -> Told | None:
            if asked.path.endswith("/oauth/token") is not oauth:
                return None
            return Told(status, *self._repeated(asked, page=page))

        self.front.instead = instead

    def _repeated(self, asked: Arrived, *, page: bool) -> tuple[bytes, tuple[tuple[str, str], ...]]:
        secret = self.secret("client secret")
        said = (
            f"refused: Authorization: {asked.authorization} secret {secret} {quote(secret)} "
            f"{json.dumps(secret)} {base64.b64encode(secret.encode()).decode()}"
        )
        # What is quoted is cut off: each part has to come first once.
        turn = len(self.front.arrived) % 5
        parts = said.split(" ")
        said = " ".join(parts[turn + 1 :] + parts[: turn + 1])
        headers = (("Location", f"https://example.org/?{said[:40]}"),)
        if page:
            return f"<html>{said}</html>".encode(), (*headers, ("Content-Type", "text/html"))
        body = {"errorCode": "BadCredentials", "message": said, "statusText": said}
        return json.dumps(body).encode(), (*headers, ("Content-Type", "application/json"))

    def hears(self, times: int, path: str = "") -> None:
        """Wait until it is asked so often from now on."""

        def asked() -> int:
            return sum(path in one.path for one in list(self.front.arrived))

        before = asked()
        self.world.until(lambda: asked() >= before + times, f"{times} calls of {path}", PATIENCE)

    def is_well(self) -> None:
        self.front.instead = lambda _: None
        self.ready("Reconciled")

    def ready(self, reason: str) -> None:
        self.world.until(
            lambda: self.world.condition("default", kind="simaccount").get("reason") == reason,
            f"simaccount {reason}",
            PATIENCE,
        )


@pytest.fixture
def scene(make_world: MakeWorld, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[Scene]:
    world = make_world(sims=4, start=False)
    world.operator.set("log_level", "DEBUG")
    user = yaml.safe_load(operator_kubeconfig.read_text())["users"][0]["user"]
    names = ("client id", "client secret", "password", "wrong secret", "wrong password")
    canaries = Canaries({name: canary(name.replace(" ", "-")) for name in names})
    # HTTP Basic ends a user name at a colon and knows no more than that.
    canaries.secrets["user name"] = f"streamer-{secrets.token_hex(8)}"
    canaries.secrets["token of the API server"] = user["token"]
    # A token has letters, digits and few others: with them alone it can be a header.
    token = canaries.secrets["token for the history"] = f"history-{secrets.token_urlsafe(24)}"
    file = tmp_path / "history-token"
    file.write_text(token, encoding="utf-8")
    world.operator.set("history_token_file", str(file))
    canaries.pair("client id", "client secret")
    canaries.pair("client id", "wrong secret")
    canaries.pair("user name", "password")
    canaries.pair("user name", "wrong password")
    pair = {
        "client_id": canaries.secrets["client id"],
        "client_secret": canaries.secrets["client secret"],
        "customer": "default",
    }
    world.simulator.rotate_credentials(pair)
    with ExitStack() as stack:
        front = stack.enter_context(Front(world.simulator.url))
        world.operator.set("allowed_endpoints", front.url)
        keeper = stack.enter_context(Keeper(token))
        keeper.bad = Bad(422, json.dumps({"detail": f"refused: Bearer {token}"}).encode())
        world.operator.set("history_url", keeper.url)
        yield Scene(world, front, canaries)


def set_up(scene: Scene) -> None:
    world = scene.world
    world.secret("default-credentials", scene.secret("client id"), scene.secret("client secret"))
    world.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "streamer", "namespace": world.namespace},
            "stringData": {
                "username": scene.secret("user name"),
                "password": scene.secret("password"),
            },
        },
        world.manifest(
            "SIMAccount",
            "default",
            {
                "endpoint": scene.front.endpoint,
                "credentialsSecretRef": {"name": "default-credentials"},
                "dataStreamer": {"credentialsSecretRef": {"name": "streamer"}},
                "sync": {"interval": "1s", "detailInterval": "5s"},
                "protection": {"maxDisablesPerHour": "100%"},
            },
        ),
    )
    world.apply(
        world.manifest(
            "QuotaPolicy", "limit", {"selector": {}, "mode": "Audit", "data": {"perSIM": "40Mi"}}
        )
    )
    world.sim("lamp", 0, state="Enabled")


def go_wrong(scene: Scene) -> None:
    """Every way in which a secret comes back from outside."""
    world = scene.world
    for status in (403, 500, 302, 429, 422):
        scene.echo(status)
        # A sweep and, by the changed spec, a write.
        state = "Disabled" if status in (403, 302, 422) else "Enabled"
        world.patch("sim", "lamp", {"state": state})
        scene.hears(3)
    scene.echo(502, page=True)
    scene.ready("Unreachable")
    scene.is_well()
    only_writes(scene, 400)
    scene.is_well()
    for status, page in ((400, False), (401, False), (500, True), (200, False)):
        scene.echo(status, oauth=True, page=page)
        world.simulator.revoke_tokens()
        scene.hears(1, "/oauth/token")
        world.until(
            lambda: world.condition("default", kind="simaccount").get("status") == "False",
            "the refusal is told",
            PATIENCE,
        )
    scene.front.instead = lambda _: None
    world.secret("default-credentials", scene.secret("client id"), scene.secret("wrong secret"))
    scene.ready("InvalidCredentials")
    world.secret("default-credentials", scene.secret("client id"), scene.secret("client secret"))
    scene.is_well()


def only_writes(scene: Scene, status: int) -> None:
    """A write is refused with what it carried, and the SIM says so."""

    def instead(asked: Arrived) -> Told | None:
        if asked.method != "PUT":
            return None
        return Told(status, *scene._repeated(asked, page=False))

    scene.is_well()
    scene.front.instead = instead
    scene.world.patch("sim", "lamp", {"label": f"changed-{secrets.token_hex(4)}"})
    scene.world.until(
        lambda: scene.world.condition("lamp", "Synced").get("reason") == "WriteFailed",
        "the refused write is told",
        PATIENCE,
    )
    scene.world.until(lambda: scene.world.events("lamp", "Failed"), "an event tells it", PATIENCE)


def stream(scene: Scene) -> dict[str, str]:
    """Right and wrong callers of the intake; what they were told."""
    world = scene.world
    url = f"http://127.0.0.1:{world.operator.hooks_port}/hooks/1nce/{world.namespace}/default"
    right = (scene.secret("user name"), scene.secret("password"))
    wrong = (scene.secret("user name"), scene.secret("wrong password"))
    told: dict[str, str] = {}
    with httpx.Client(trust_env=False, timeout=60) as http:
        for code, auth, body in (
            (401, wrong, b"[]"),
            (400, right, f'{{"{scene.secret("password")}'.encode()),
            (400, right, json.dumps(scene.secret("password")).encode()),
            (200, right, b"[]"),
        ):
            answer = http.post(url, auth=httpx.BasicAuth(*map(str.encode, auth)), content=body)
            assert answer.status_code == code, answer.text
            told[f"answer {len(told)}"] = f"{answer.headers}\n{answer.text}"
        path = quote(scene.secret("password"), safe="")
        answer = http.post(f"{url}/{path}", auth=httpx.BasicAuth(*map(str.encode, right)))
        told["answer to a wrong path"] = answer.text
    return told


def by_hand(scene: Scene, cluster: Cluster) -> dict[str, str]:
    """What the commands print that read the same Secrets."""
    world = scene.world
    text = policy_text(Fleet(world, "limit"))  # type: ignore[arg-type]
    told: dict[str, str] = {}
    for secret in ("client secret", "wrong secret"):
        world.secret("default-credentials", scene.secret("client id"), scene.secret(secret))
        for arguments in (("plan", "-f", "-"), ("rehearse", "-f", "-", "--months", "1")):
            ended = tried(
                world,
                *arguments,
                stdin=text,
                SIM_OPERATOR_CLOCK_URL="",
                SIM_OPERATOR_ALLOWED_ENDPOINTS=scene.front.url,
            )
            told[f"{arguments[0]} with the {secret}"] = f"{ended.out}\n{ended.err}"
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}
    text = json.dumps({**manifest, "stringData": {"password": scene.secret("password")}})
    for name, given in {"whole": text, "torn": text[:-3]}.items():
        ended = tried(world, "apply", "-f", "-", stdin=given)
        assert ended.code != 0
        told[f"apply of a {name} Secret"] = f"{ended.out}\n{ended.err}"
    return told


def test_no_secret_is_shown_by_anything_whatever_goes_wrong(scene: Scene, cluster: Cluster) -> None:
    world = scene.world
    others = [path.format(namespace=world.namespace) for path in OTHERS]
    set_up(scene)
    shown: dict[str, str] = {}
    for log_format in ("text", "json"):
        world.operator.set("log_format", log_format)
        world.operator.start()
        scene.is_well()
        go_wrong(scene)
        limits = Path(f"/proc/{world.operator.pid}/limits").read_text(encoding="utf-8")
        assert re.search(r"^Max core file size +[01] +[01] ", limits, re.MULTILINE), limits
        shown |= {f"{log_format}: {k}": v for k, v in stream(scene).items()}
        shown |= {f"{log_format}: {k}": v for k, v in shown_by(world, others=others).items()}
        assert world.operator.stop() == 0
    shown |= by_hand(scene, cluster)
    shown["log at the end"] = world.operator.text()

    assert len(scene.front.tokens) >= 4
    scene.canaries.secrets |= {
        f"OAuth token {number}": token for number, token in enumerate(scene.front.tokens)
    }
    assert scene.canaries.found_in(shown) == []
    assert "Traceback" not in shown["log at the end"]


def test_the_search_finds_a_secret_in_every_form() -> None:
    secret = canary("searched")
    canaries = Canaries({"it": secret})
    for form in forms(secret):
        assert canaries.found_in({"here": f"before {form} after"}), form
    for before in range(4):
        packed = base64.b64encode(b"x" * before + secret.encode() + b"y" * 5).decode()
        assert canaries.found_in({"here": packed}), before
    assert canaries.found_in({"here": "nothing"}) == []
