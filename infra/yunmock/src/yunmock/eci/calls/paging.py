"""Cutting a list into pages by tokens that stay good while the list changes.

A token holds the sequence number of the last group of the page before, so groups that come or go between two pages
shift nothing. It looks like the vendor's (a UUID) and is meant to be opaque: the number is masked, and a token that
was not given out, or was given out for another call or region, is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from yunmock.eci.errors import EciError

if TYPE_CHECKING:
    from yunmock.eci.model import Group

_HALF = 8


@dataclass(frozen=True, slots=True)
class Page:
    """One page, the token of the next (empty when there is none), and how many groups there are in all."""

    groups: list[Group]
    next_token: str
    total: int


def page(groups: list[Group], scope: str, limit: int, token: str) -> Page:
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
    return Page(shown, _token(shown[-1].sequence, scope) if more else "", len(groups))


def _token(sequence: int, scope: str) -> str:
    number = sequence.to_bytes(_HALF, "big")
    seal = _digest(scope.encode() + number)
    return str(uuid.UUID(bytes=_xor(number, _digest(seal)) + seal))


def _read(token: str, scope: str) -> int:
    try:
        raw = uuid.UUID(token).bytes
    except ValueError:
        raise EciError("InvalidParameter", "NextToken", "it is none that was given out") from None
    seal = raw[_HALF:]
    number = _xor(raw[:_HALF], _digest(seal))
    if not hmac.compare_digest(seal, _digest(scope.encode() + number)):
        raise EciError("InvalidParameter", "NextToken", "it was given out for no such query")
    return int.from_bytes(number, "big")


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_HALF, person=b"yunmock.eci").digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
