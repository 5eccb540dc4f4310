"""Payloads that are too large for one message: compressed, and in as many messages as they need.

Each message is a JSON object with `opsledgerPart`: the digest of the payload, which part this is and of how many, and
the part itself. The order in which messages arrive does not matter, nor whether one comes twice.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import TYPE_CHECKING, NamedTuple

from opsledger.queues import MESSAGE_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.queues import QueueMessage

PART = "opsledgerPart"
PART_BYTES = MESSAGE_BYTES - 2048
"""The most characters of base64 in one message; the rest of the message needs some 150."""
MAX_PAYLOAD = 1024 * 1024
"""The most bytes of a payload. Function Compute takes 128 KB for an asynchronous invocation, 256 KB on request
(help.aliyun.com/en/functioncompute/http-body-be-modified). Who calls with more waits for the answer and keeps the
payload himself."""
MAX_PARTS = MAX_PAYLOAD * 4 // 3 // PART_BYTES + 2
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Ready(NamedTuple):
    """A payload that can be delivered, and the messages that it came in."""

    payload: bytes | str
    messages: tuple[QueueMessage, ...]

    @property
    def sent(self) -> int:
        """When the payload was put into the queue, in ms: for events that have no time of their own."""
        return min(message.sent for message in self.messages)


class PayloadPart(NamedTuple):
    """One part: number `number`, from 1, of `total`; `digest` is that of the whole, compressed."""

    digest: str
    number: int
    total: int
    data: str


def split(payload: bytes) -> list[str]:
    """The bodies of the messages that `payload` is sent in.

    Raises:
        ValueError: it is larger than `MAX_PAYLOAD`.
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError(f"{len(payload)} bytes are more than {MAX_PAYLOAD}")
    packed = zlib.compress(payload, 9)
    data = base64.b64encode(packed).decode()
    pieces = [data[start : start + PART_BYTES] for start in range(0, len(data), PART_BYTES)]
    return [
        json.dumps({PART: {"digest": _digest(packed), "part": number, "of": len(pieces), "data": piece}})
        for number, piece in enumerate(pieces, 1)
    ]


def read(body: str) -> PayloadPart | None:
    """The part in a message's body; None if it is none, or is not as `split` makes it."""
    if PART not in body[: len(PART) + 8]:
        return None
    try:
        fields = json.loads(body)[PART]
        part = PayloadPart(fields["digest"], fields["part"], fields["of"], fields["data"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    types = tuple(map(type, part)) == (str, int, int, str)
    return part if types and _DIGEST.fullmatch(part.digest) and 1 <= part.number <= part.total <= MAX_PARTS else None


def join(parts: Sequence[PayloadPart]) -> bytes | None:
    """The payload of all its parts, in order; None if they are damaged."""
    unpacker = zlib.decompressobj()
    try:
        packed = base64.b64decode("".join(part.data for part in parts), validate=True)
        payload = unpacker.decompress(packed, MAX_PAYLOAD)
    except (ValueError, zlib.error):  # a binascii.Error is a ValueError
        return None
    return payload if unpacker.eof and _digest(packed) == parts[0].digest else None


def _digest(packed: bytes) -> str:
    return hashlib.sha256(packed).hexdigest()


class Waiting:
    """Parts that wait for the others of their payloads.

    Attributes:
        limit: the most messages that are kept; beyond that the payload that waits longest is forgotten, and its
            messages are received again later.
    """

    def __init__(self, limit: int = 512) -> None:
        self.limit = limit
        self._held: dict[tuple[str, int], list[tuple[PayloadPart, QueueMessage]]] = {}

    def add(self, part: PayloadPart, message: QueueMessage) -> list[Ready]:
        """Keep a part; if no other is missing, return what can be delivered: of damaged parts, each by itself."""
        key = part.digest, part.total
        held = self._held.setdefault(key, [])
        held.append((part, message))
        by_number = {one.number: one for one, _ in held}
        if len(by_number) < part.total:
            self._forget()
            return []
        del self._held[key]
        messages = tuple(message for _, message in held)
        payload = join([by_number[number] for number in sorted(by_number)])
        return [Ready(payload, messages)] if payload is not None else [Ready(one.body, (one,)) for one in messages]

    def messages(self) -> list[QueueMessage]:
        """The messages whose payloads are not complete."""
        return [message for held in self._held.values() for _, message in held]

    def given_up(self, sent_before: int, times: int) -> list[Ready]:
        """Take out the parts of payloads whose others will not come, each to be delivered by itself.

        Args:
            sent_before: all parts of the payload that are here were sent before this moment, in ms.
            times: and were received more often than this.
        """
        old = [
            key
            for key, held in self._held.items()
            if all(message.sent < sent_before and message.times > times for _, message in held)
        ]
        return [Ready(message.body, (message,)) for key in old for _, message in self._held.pop(key)]

    def _forget(self) -> None:
        while len(self.messages()) > self.limit:
            del self._held[next(iter(self._held))]
