"""The key that signs deliveries over HTTP, and its certificate. Needs `yunmock[signatures]`."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

KEY_BITS = 2048
FROM, UNTIL = datetime(2000, 1, 1, tzinfo=timezone.utc), datetime(2100, 1, 1, tzinfo=timezone.utc)
"""The certificate is valid whatever the cloud's clock says."""
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "yunmock EventBridge")])


class SigningKey:
    """An RSA key with a certificate that it signed itself.

    Attributes:
        certificate: as PEM.
        name: part of the certificate's address, another for each key.
        secret: what the older signature is made with.
        encrypted_secret: the secret, encrypted with the private key.
    """

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        made = (
            x509.CertificateBuilder()
            .subject_name(_NAME)
            .issuer_name(_NAME)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(FROM)
            .not_valid_after(UNTIL)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = made.public_bytes(serialization.Encoding.PEM)
        self.secret = secrets.token_hex(16).encode()
        self.encrypted_secret = self._encrypt(self.secret)
        self.name = made.fingerprint(hashes.SHA256()).hex()[:16]

    def sign(self, content: bytes) -> bytes:
        """The signature: RSA with SHA256, PKCS #1 v1.5."""
        return self._key.sign(content, padding.PKCS1v15(), hashes.SHA256())

    def _encrypt(self, secret: bytes) -> bytes:
        """The secret, encrypted with the private key (RFC 8017, block type 1), as Java's Cipher "RSA" does it."""
        numbers = self._key.private_numbers()
        modulus = numbers.public_numbers.n
        size = (modulus.bit_length() + 7) // 8
        block = b"\0\1" + b"\xff" * (size - len(secret) - 3) + b"\0" + secret
        return pow(int.from_bytes(block, "big"), numbers.d, modulus).to_bytes(size, "big")
