"""Cut a list into pages, by tokens that stay valid while the list changes.

A token holds the sequence number of the last group of the page before, so groups that come or go between two pages
shift nothing. It looks like the vendor's (a UUID) and is opaque: the number is masked. A token that was not issued, or
was issued for another call or region, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.eci.errors import EciError

if TYPE_CHECKING:
    from yunmock.eci.model import ContainerGroup

_HALF_BYTES = 8
"""A token is two halves: the masked number, and a digest that seals it."""


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page, the token of the next (empty when there is none), and how many groups there are in all."""

    groups: list[ContainerGroup]
    next_token: str
    total: int


def page(groups: list[ContainerGroup], scope: str, limit: int, token: str) -> GroupPage:
    """The first `limit` groups after the token; `groups` must be in the order of their sequence numbers.

    Args:
        scope: which call and region the tokens are for.
        token: the caller's NextToken, empty for the first page.

    Raises:
        EciError: InvalidParameter.
    """
    after = _read(token, scope) if token else 0
    rest = [group for group in groups if group.sequence > after]
    shown = rest[:limit]
    more = len(rest) > limit
    return GroupPage(shown, _token(shown[-1].sequence, scope) if more else "", len(groups))


def _token(sequence: int, scope: str) -> str:
    number = sequence.to_bytes(_HALF_BYTES, "big")
    seal = _digest(scope.encode() + number)
    return str(uuid.UUID(bytes=_xor(number, _digest(seal)) + seal))


def _read(token: str, scope: str) -> int:
    try:
        raw = uuid.UUID(token).bytes
    except ValueError:
        raise EciError("InvalidParameter", "NextToken", "it was not issued") from None
    seal = raw[_HALF_BYTES:]
    number = _xor(raw[:_HALF_BYTES], _digest(seal))
    if not hmac.compare_digest(seal, _digest(scope.encode() + number)):
        raise EciError("InvalidParameter", "NextToken", "it was issued for another query")
    return int.from_bytes(number, "big")


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_HALF_BYTES, person=b"yunmock.eci").digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
