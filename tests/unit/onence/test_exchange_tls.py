"""Certificates: checked, against the public authorities and one's own."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sim_operator.domain.failure import FailureKind
from sim_operator.onence.exchange import Exchange, Outgoing
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.meter import Operation
from tests.unit.onence.scripted_server import ScriptedServer, of_json

READ = Outgoing(Operation.GET_SIM, "GET", "/v2/sims/8988303000123456789")


class Uncounted:
    def request(self, operation: str, code: str, seconds: float) -> None:
        pass

    def unusable(self, operation: str) -> None:
        pass

    def throttle_wait(self, seconds: float) -> None:
        pass


def self_signed(into: Path) -> str:
    """A certificate of 127.0.0.1 that is its own authority; the key is appended to the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "corporate CA")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    into.write_bytes(private + pem)
    return pem.decode()


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    return self_signed(tmp_path / "server.pem")


@pytest.fixture
async def server(tmp_path: Path, bundle: str) -> AsyncIterator[ScriptedServer]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    async with ScriptedServer().running(tls) as running:
        running.answer = lambda _: of_json({})
        yield running


async def test_an_authority_of_one_s_own_is_trusted(server: ScriptedServer, bundle: str) -> None:
    async with Exchange(server.url, timeout=4.0, ca_bundle=bundle, meter=Uncounted()) as exchange:
        assert (await exchange.send(READ, "Bearer x", total=4.0)).status == 200


async def test_a_certificate_of_an_unknown_authority_is_refused_before_anything_is_sent(
    server: ScriptedServer,
) -> None:
    async with Exchange(server.url, timeout=4.0, ca_bundle=None, meter=Uncounted()) as exchange:
        with pytest.raises(OnenceError) as raised:
            await exchange.send(READ, "Bearer x", total=4.0)
    assert raised.value.failure.kind is FailureKind.UNAVAILABLE
    assert "certificate verify failed" in raised.value.failure.message
    assert server.asked == []
