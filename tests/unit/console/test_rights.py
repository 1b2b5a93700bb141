"""Sessions, cookies, the proxy's headers, remembered answers and the pace of a caller."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from sim_operator.console.rights.cookies import Cookies, is_loopback, key_of
from sim_operator.console.rights.pace import Paces
from sim_operator.console.rights.proxy import TrustedProxy
from sim_operator.console.rights.remembered import Remembered
from sim_operator.console.rights.sessions import SignedIn
from sim_operator.kube.answers import ApiError
from sim_operator.kube.impersonation import Identity
from sim_operator.settings import SettingsError

SECRET = "the-secret-of-the-proxy"
NEAR = "10.1.2.3"


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def request(
    headers: list[tuple[str, str]] | None = None, *, client: str = NEAR, host: str = "console.test"
) -> Request:
    given = [("host", host), *(headers or [])]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "scheme": "http",
            "server": ("0.0.0.0", 8082),  # noqa: S104 - what a server says it is bound to
            "client": (client, 1234),
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in given],
        }
    )


def proxy(prefix: str = "oidc:") -> TrustedProxy:
    return TrustedProxy(
        (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
        SECRET,
        user_header="X-Forwarded-User",
        groups_header="X-Forwarded-Groups",
        prefix=prefix,
    )


def by_proxy(
    *more: tuple[str, str], user: str = "ann", secret: str = SECRET
) -> list[tuple[str, str]]:
    return [("X-Sim-Operator-Proxy-Secret", secret), ("X-Forwarded-User", user), *more]


@pytest.mark.parametrize("client", [NEAR, "::ffff:10.1.2.3", "fd00::7"])
def test_the_proxy_says_who_it_is(client: str) -> None:
    groups = ("X-Forwarded-Groups", "fleet, ops,,fleet")
    identity = proxy().identity(request(by_proxy(groups), client=client))
    assert identity == Identity("oidc:ann", ("oidc:fleet", "oidc:ops", "system:authenticated"))


def test_a_name_of_another_alphabet_is_that_name() -> None:
    sent = "Jörg Łukasz".encode().decode("latin-1")
    identity = proxy().identity(request(by_proxy(user=sent)))
    assert identity is not None
    assert identity.name == "oidc:Jörg Łukasz"
    assert proxy().identity(request(by_proxy(user="J\xf6rg"))) is None


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        (by_proxy(), "11.0.0.1"),
        (by_proxy(), "not an address"),
        (by_proxy(secret="a-guess"), NEAR),
        (by_proxy(secret=""), NEAR),
        ([("X-Forwarded-User", "ann")], NEAR),
        (by_proxy(("X-Forwarded-User", "root")), NEAR),
        (by_proxy(("X-Sim-Operator-Proxy-Secret", "a-guess")), NEAR),
        (by_proxy(user=" "), NEAR),
        (by_proxy(user="x" * 257), NEAR),
        (by_proxy(("X-Forwarded-Groups", ",".join(f"g{n}" for n in range(201)))), NEAR),
    ],
    ids=str,
)
def test_headers_that_are_not_the_proxys_are_of_nobody(
    headers: list[tuple[str, str]], client: str
) -> None:
    assert proxy().identity(request(headers, client=client)) is None


@pytest.mark.parametrize(
    "headers",
    [
        by_proxy(user="system:admin"),
        by_proxy(("X-Forwarded-Groups", "system:masters")),
        by_proxy(("X-Forwarded-Groups", "fleet,system:masters")),
    ],
    ids=str,
)
def test_nobody_becomes_the_system_by_a_header(headers: list[tuple[str, str]]) -> None:
    assert proxy(prefix="").identity(request(headers)) is None


def test_a_session_ends_without_use_and_in_the_end() -> None:
    clock = Clock()
    sessions = SignedIn(seconds=100, idle_seconds=30, monotonic=clock)
    number = sessions.begin("ann", "token")
    for _ in range(4):
        clock.now += 24
        assert sessions.find(number) is not None
    clock.now += 24
    assert sessions.find(number) is None
    number = sessions.begin("ann", "token")
    clock.now += 30
    assert sessions.find(number) is None
    assert len(sessions) == 0


def test_sessions_are_bounded_for_each_person_and_for_all() -> None:
    sessions = SignedIn(seconds=100, most=15)
    ann = [sessions.begin("ann", "token") for _ in range(12)]
    assert [sessions.find(one) is not None for one in ann] == [False] * 2 + [True] * 10
    bob = [sessions.begin(f"bob-{n}", "token") for n in range(10)]
    assert len(sessions) == 15
    assert all(sessions.find(one) is not None for one in bob)


def test_a_session_shows_no_token_and_its_number_is_kept_as_a_digest_only() -> None:
    sessions = SignedIn(seconds=100)
    number = sessions.begin("ann", "a-secret-token")
    assert "a-secret-token" not in repr(sessions.find(number))
    assert number not in str(vars(sessions))


def test_a_cookie_of_another_key_or_kind_is_none() -> None:
    here, elsewhere = Cookies(b"a" * 32), Cookies(b"b" * 32)
    answer = Response()
    here.set_session(request(), answer, "number")
    cookie = ("Cookie", answer.headers["set-cookie"].partition(";")[0])
    assert here.session(request([cookie])) == "number"
    assert elsewhere.session(request([cookie])) is None
    as_browser = ("Cookie", cookie[1].replace("-session=", "-browser="))
    assert not here.is_form(request([as_browser]), here.write_token("browser number"))
    forged = ("Cookie", cookie[1].replace("number", "another"))
    assert here.session(request([forged])) is None


def test_a_write_token_is_good_for_one_session() -> None:
    cookies = Cookies(b"a" * 32)
    token = cookies.write_token("session one")
    assert cookies.is_write_token("session one", token)
    assert not cookies.is_write_token("session two", token)
    assert not cookies.is_write_token("session one", "")
    assert not cookies.is_write_token("session one", "é")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost:8082", True),
        ("127.0.0.1", True),
        ("[::1]:8082", True),
        ("console.example", False),
        ("localhost.example", False),
        ("10.0.0.1", False),
    ],
)
def test_only_the_own_machine_goes_without_tls(host: str, loopback: bool) -> None:
    assert is_loopback(request(host=host)) is loopback


def test_a_key_is_long_enough_and_its_file_is_there(tmp_path: Path) -> None:
    key = tmp_path / "key"
    with pytest.raises(SettingsError, match="CONSOLE_KEY_FILE"):
        key_of(key)
    key.write_text("short")
    with pytest.raises(SettingsError, match="32"):
        key_of(key)
    key.write_text("k" * 32 + "\n")
    assert key_of(key) == b"k" * 32
    assert key_of(None) != key_of(None)


async def test_an_answer_is_asked_for_once_and_forgotten_in_time() -> None:
    clock = Clock()
    asked: list[int] = []
    remembered = Remembered[int](seconds=45, monotonic=clock)

    async def ask() -> int:
        asked.append(1)
        await asyncio.sleep(0)
        return len(asked)

    assert await asyncio.gather(*(remembered.get("key", ask) for _ in range(5))) == [1] * 5
    clock.now = 44.9
    assert await remembered.get("key", ask) == 1
    clock.now = 45.1
    assert await remembered.get("key", ask) == 2


async def test_an_error_is_told_to_all_that_wait_and_not_remembered() -> None:
    remembered = Remembered[int]()
    answers: Iterator[ApiError | int] = iter([ApiError("away"), 7])

    async def ask() -> int:
        await asyncio.sleep(0)
        answer = next(answers)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    failed = await asyncio.gather(
        *(remembered.get("key", ask) for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in failed] == [ApiError] * 3
    assert await remembered.get("key", ask) == 7


async def test_who_hangs_up_does_not_end_the_question_of_others() -> None:
    remembered = Remembered[int]()
    go = asyncio.Event()

    async def ask() -> int:
        await go.wait()
        return 7

    first = asyncio.create_task(remembered.get("key", ask))
    second = asyncio.create_task(remembered.get("key", ask))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await second == 7


def test_a_caller_may_ask_so_often_and_others_as_well() -> None:
    clock = Clock()
    paces = Paces(a_second=2, at_once=5, monotonic=clock)
    assert [paces.wait("ann") for _ in range(5)] == [0.0] * 5
    assert paces.wait("ann") == 0.5
    assert paces.wait("bob") == 0.0
    clock.now = 0.5
    assert paces.wait("ann") == 0.0
    assert paces.wait("ann") > 0
