"""Certificate authorities of one's own, and servers that prove themselves by them, or fail to."""

import ssl
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = IPv4Address("127.0.0.1")
_DAY = timedelta(days=1)


class Authority:
    """One certificate authority; its files lie in `folder`."""

    def __init__(self, folder: Path, name: str = "corporate CA") -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._served = 0

    @cached_property
    def bundle(self) -> str:
        """Its certificate in PEM: what a client trusts."""
        made = self._certificate(self._name, self._key.public_key(), datetime.now(UTC) + _DAY)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = made.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        return _pem(made.sign(self._key, hashes.SHA256()))

    def server(
        self,
        name: str | IPv4Address = HERE,
        *,
        expired: bool = False,
        newest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    ) -> ssl.SSLContext:
        """What a server of that name speaks."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        until = datetime.now(UTC) + (-timedelta(hours=1) if expired else _DAY)
        shown = x509.IPAddress(name) if isinstance(name, IPv4Address) else x509.DNSName(name)
        made = (
            self._certificate(subject, key.public_key(), until)
            .add_extension(x509.SubjectAlternativeName([shown]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        self._served += 1
        chain = self._folder / f"{id(self)}-{self._served}.pem"
        chain.write_bytes(private + _pem(made).encode())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        context.maximum_version = newest
        return context

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - 2 * _DAY)
            .not_valid_after(until)
        )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
