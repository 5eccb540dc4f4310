"""The certificate authorities that the product's own connections trust."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

_AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def tls_context() -> ssl.SSLContext:
    """The one context of the process; reading the authorities takes longer than a call.

    They are the system's, or those that OpenSSL's variable `SSL_CERT_FILE` names.
    """
    return _context(os.environ.get("SSL_CERT_FILE", ""))


@cache
def _context(_named: str) -> ssl.SSLContext:
    import ssl  # noqa: PLC0415 - not for an endpoint without TLS

    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        # A Python that was built elsewhere looks where this system has none.
        for file in filter(Path.is_file, map(Path, _AUTHORITIES)):
            context.load_verify_locations(file)
    return context
