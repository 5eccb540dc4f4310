"""A certificate for one run of a server, signed by an authority that signs nothing else. Needs `yunmock[tls]`.

Programs trust the authority, whose certificate is written to a file. The keys of both are in no file that stays: who
finds the file can check this server's certificate with it, and make none.
"""

from __future__ import annotations

import ssl
import tempfile
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names that every certificate has."""
VALID = timedelta(days=397)
"""Some clients refuse longer lives: https://support.apple.com/en-us/102028 (398 days)."""
_AUTHORITY = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "yunmock authority of one run")])
_SERVER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "yunmock")])
_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


class ServerCertificate(NamedTuple):
    """What a server shows, and what its clients must trust.

    Attributes:
        context: holds the certificate and its key.
        authority: the PEM file with the certificate of the authority that signed it.
    """

    context: ssl.SSLContext
    authority: Path


def new_certificate(authority: Path, names: Iterable[str] = ()) -> ServerCertificate:
    """Make an authority and a certificate for loopback, and write the authority's certificate to a file.

    Args:
        authority: the file; what is there is replaced.
        names: further host names and addresses of the server.

    Raises:
        ValueError: a name is not one.
        OSError: the file cannot be written.
    """
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _root(root_key)
    hosts = [_host(name) for name in dict.fromkeys((*LOOPBACK, *names))]
    # Python 3.13 checks strictly (VERIFY_X509_STRICT): without the key identifiers and usages it refuses.
    certificate = (
        _new(_SERVER, key)
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    authority.write_bytes(_pem(root))
    return ServerCertificate(_context(key, certificate), authority.absolute())


def _root(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    return (
        _new(_AUTHORITY, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS_CERTIFICATES, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _new(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    """A certificate that the authority is to sign; it is valid from yesterday, so that clocks may differ."""
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder(_AUTHORITY, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now - timedelta(days=1) + VALID)
    )


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _context(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> ssl.SSLContext:
    """What serves with a key and its certificate; `ssl` reads them from a file alone, which only its owner may read."""
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(secret + _pem(certificate))
        context.load_cert_chain(file)
    return context


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
