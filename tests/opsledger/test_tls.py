"""Certificates are checked."""

from __future__ import annotations

import ssl

from opsledger.tls import tls_context


def test_the_systems_authorities_are_trusted() -> None:
    """A certificate, its name and a version that is not broken are asked for."""
    context = tls_context()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.cert_store_stats()["x509_ca"] > 0
    assert tls_context() is context
