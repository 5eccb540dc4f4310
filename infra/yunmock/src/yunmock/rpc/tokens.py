"""The tokens of pages: they stay valid while the list changes.

A token holds the sequence number of the last item of the page before, so items that come or go between two pages
shift nothing. It looks like the vendor's (a UUID) and is opaque: the number is masked. A token that was not issued, or
was issued for another call or region, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid

from yunmock.rpc.errors import RpcError

_HALF_BYTES = 8
"""A token is two halves: the masked number, and a digest that seals it."""
_PERSON = b"yunmock.eci"
"""The programs of users keep tokens from the time when ECI was the only service that issued any."""


def issue(sequence: int, scope: str) -> uuid.UUID:
    """A token for the items after this sequence number.

    Args:
        sequence: the number of the last item shown.
        scope: which call and region the token is for.
    """
    number = sequence.to_bytes(_HALF_BYTES, "big")
    seal = _digest(scope.encode() + number)
    return uuid.UUID(bytes=_xor(number, _digest(seal)) + seal)


def read(token: str, scope: str) -> int:
    """The sequence number in a token, with or without hyphens.

    Raises:
        RpcError: InvalidParameter; the token was not issued, or for another scope.
    """
    try:
        raw = uuid.UUID(token).bytes
    except ValueError:
        raise RpcError("InvalidParameter", "NextToken", "it was not issued") from None
    seal = raw[_HALF_BYTES:]
    number = _xor(raw[:_HALF_BYTES], _digest(seal))
    if not hmac.compare_digest(seal, _digest(scope.encode() + number)):
        raise RpcError("InvalidParameter", "NextToken", "it was issued for another query")
    return int.from_bytes(number, "big")


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_HALF_BYTES, person=_PERSON).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
