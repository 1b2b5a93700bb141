"""Certificates: checked, against the public authorities and one's own."""

import ssl
import warnings
from pathlib import Path
from typing import Any

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.onence.exchange import Exchange, Outgoing
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.meter import Operation
from tests.authority import Authority
from tests.unit.onence.scripted_server import ScriptedServer, of_json

READ = Outgoing(Operation.GET_SIM, "GET", "/v2/sims/8988303000123456789")


class Uncounted:
    def request(self, operation: str, code: str, seconds: float) -> None:
        pass

    def unusable(self, operation: str) -> None:
        pass

    def throttle_wait(self, seconds: float) -> None:
        pass


async def sent(tls: ssl.SSLContext, bundle: str | None) -> tuple[int | str, int]:
    """What one read to such a server comes to, status or failure, and how many requests arrived."""
    async with ScriptedServer().running(tls) as server:
        server.answer = lambda _: of_json({})
        exchange = Exchange(server.url, timeout=4.0, ca_bundle=bundle, meter=Uncounted())
        async with exchange:
            try:
                told: int | str = (await exchange.send(READ, "Bearer x", total=4.0)).status
            except OnenceError as error:
                told = f"{error.failure.kind}: {error.failure.message}"
        return told, len(server.asked)


async def test_an_authority_of_one_s_own_is_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    assert await sent(authority.server(), authority.bundle) == (200, 1)


async def test_several_authorities_may_stand_in_a_bundle(tmp_path: Path) -> None:
    first, second = Authority(tmp_path, "first"), Authority(tmp_path, "second")
    bundle = f"# corporate\n{first.bundle}\n{second.bundle}"
    assert await sent(second.server(), bundle) == (200, 1)


@pytest.mark.parametrize(
    ("served", "trusted", "why"),
    [
        ({}, None, "self-signed certificate|unable to get local issuer"),
        ({}, "another", "certificate verify failed"),
        ({"expired": True}, "it", "certificate has expired"),
        ({"name": "api.1nce.com"}, "it", "IP address mismatch"),
        ({"name": "127.0.0.1.example.org"}, "it", "IP address mismatch"),
    ],
    ids=["no bundle", "another authority", "expired", "another's name", "a longer name"],
)
async def test_who_does_not_prove_himself_is_sent_nothing(
    served: dict[str, Any], trusted: str | None, why: str, tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    # An authority of the same name must not pass for it either.
    bundles = {None: None, "it": authority.bundle, "another": Authority(tmp_path).bundle}
    told, arrived = await sent(authority.server(**served), bundles[trusted])
    assert arrived == 0
    assert str(told).startswith(FailureKind.UNAVAILABLE)
    assert any(part in str(told) for part in why.split("|")), told


async def test_a_server_that_speaks_no_tls_of_today_is_sent_nothing(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls = authority.server(newest=ssl.TLSVersion.TLSv1_1)
        tls.minimum_version = ssl.TLSVersion.TLSv1
    tls.set_ciphers("ALL:@SECLEVEL=0")
    told, arrived = await sent(tls, authority.bundle)
    assert (arrived, isinstance(told, str)) == (0, True), told


def test_the_oldest_tls_is_chosen_here_and_not_by_the_library() -> None:
    exchange = Exchange("https://127.0.0.1:9", timeout=4.0, ca_bundle=None, meter=Uncounted())
    pool = exchange._http._transport._pool  # type: ignore[attr-defined]
    assert pool._ssl_context.minimum_version is ssl.TLSVersion.TLSv1_2
