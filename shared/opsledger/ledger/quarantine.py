"""Quarantine: refused payloads, kept byte for byte until a replay is accepted.

One row per distinct payload. A large one is cut into parts: part 0 holds the entry and the first bytes, further rows
hold the rest. The parts are written once; only the entry in part 0 changes.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import DamagedRowError, FieldError
from opsledger.ledger import codec
from opsledger.store import Key, Put
from opsledger.store.tables import QUARANTINE, bucket, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.store import Row, Value

CHUNK_BYTES = 1_500_000
"""A cell holds 2 MB; a payload may be 32 MB (the synchronous limit of a function) and is kept in parts."""
MOST_PAYLOAD_BYTES = 64_000_000
"""Twice what a function can receive. A stored row that unpacks to more is no payload of ours."""
RESOLVED = "resolved:"
"""Put before the reason of a resolved entry. So the index by reason lists waiting entries without resolved ones."""


class Packed(NamedTuple):
    """A payload's bytes as part 0 keeps them: how many there are, in how many parts, and the first part."""

    size: int
    parts: int
    first: bytes


class Quarantined(NamedTuple):
    """One distinct refused payload.

    Attributes:
        digest: SHA-256 of the bytes, in hex.
        payload: the bytes as received; empty where not all parts were read.
        count: deliveries; first_received and last_received: their moments, in ms.
        replays: how often an operator replayed it.
        resolved: when a replay was accepted, in ms; None while it waits.
        became: the result of that replay for each delivery: its disposition, and its record or the refusal's reason.
        notify_at: by when something is to be sent about it, in ms; None where nothing is.
        packed: the stored bytes. They are not packed again, because another zlib may compress them otherwise.
    """

    digest: str
    payload: bytes
    reason: str
    errors: tuple[FieldError, ...]
    form: str
    type: str
    count: int  # type: ignore[assignment]  # hides a tuple's method, which has no use here
    first_received: int
    last_received: int
    replays: int = 0
    resolved: int | None = None
    became: tuple[tuple[str, str], ...] = ()
    notify_at: int | None = None
    packed: Packed | None = None

    def join(self, other: Quarantined) -> Quarantined:
        """This entry with the deliveries of `other` and the newer reason; refused again, it waits again.

        Args:
            other: what is stored. Whether something is to be sent is as stored: a repeated refusal is no news.
        """
        newer = self if self.last_received > other.last_received else other
        return newer._replace(
            payload=self.payload or other.payload,
            count=self.count + other.count,
            first_received=min(self.first_received, other.first_received),
            last_received=max(self.last_received, other.last_received),
            replays=self.replays + other.replays,
            resolved=None,
            became=(),
            notify_at=other.notify_at,
            packed=self.packed or other.packed,
        )


def quarantine_key(digest: str, part: int = 0) -> Key:
    """The key of part `part` of the payload with `digest`; part 0 has everything but the rest of the bytes."""
    return Key(QUARANTINE, (hashed(digest), part))


def quarantine_columns(entry: Quarantined) -> dict[str, Value]:
    """The columns of part 0, less those of `commit`."""
    packed = entry.packed or _pack(entry.payload)
    columns: dict[str, Value] = {
        "schema": codec.SCHEMA,
        "bucket": bucket(hashed(entry.digest)),
        "reason": entry.reason if entry.resolved is None else f"{RESOLVED}{entry.reason}",
        "errors": codec.write_pairs(entry.errors),
        "form": entry.form,
        "type": entry.type,
        "count": entry.count,
        "first_received": entry.first_received,
        "last_received": entry.last_received,
        "replays": entry.replays,
        "size": packed.size,
        "parts": packed.parts,
        "bytes": packed.first,
    }
    if entry.resolved is not None:
        columns["resolved"] = entry.resolved
        columns["became"] = codec.write_pairs(entry.became)
    if entry.notify_at is not None:
        columns["notify_at"] = entry.notify_at
    return columns


def quarantine_parts(entry: Quarantined) -> list[Put]:
    """The rows of the parts after the first."""
    chunks = _chunks(entry.payload)
    return [Put(quarantine_key(entry.digest, i), {"bytes": c}) for i, c in enumerate(chunks[1:], start=1)]


def read_quarantined(row: Row, parts: Mapping[int, bytes] | None = None, *, unpack: bool = True) -> Quarantined:
    """The entry in part 0.

    Args:
        parts: the bytes of the further parts by number; without all of them `payload` is empty.
        unpack: whether `payload` is needed.

    Raises:
        DamagedRowError: the bytes do not unpack to as many as the row says.
    """
    columns = row.columns
    packed = Packed(int(columns["size"]), int(columns["parts"]), _bytes(columns, "bytes"))
    further = [chunk for _, chunk in sorted((parts or {}).items())]
    complete = packed.parts == 1 + len(further)
    return Quarantined(
        digest=unhashed(str(row.key.values[0])),
        payload=_unpack(b"".join([packed.first, *further]), packed.size) if complete and unpack else b"",
        reason=str(columns["reason"]).removeprefix(RESOLVED),
        errors=tuple(FieldError(*pair) for pair in codec.read_pairs(str(columns["errors"]))),
        form=str(columns["form"]),
        type=str(columns["type"]),
        count=int(columns["count"]),
        first_received=int(columns["first_received"]),
        last_received=int(columns["last_received"]),
        replays=int(columns.get("replays", 0)),
        resolved=int(columns["resolved"]) if "resolved" in columns else None,
        became=codec.read_pairs(str(columns.get("became", "[]"))),
        notify_at=int(columns["notify_at"]) if "notify_at" in columns else None,
        packed=packed,
    )


def _pack(payload: bytes) -> Packed:
    chunks = _chunks(payload)
    return Packed(len(payload), len(chunks), chunks[0])


def _unpack(packed: bytes, size: int) -> bytes:
    """The payload; never more than `size` bytes of it are made."""
    unpacker = zlib.decompressobj()
    try:
        payload = unpacker.decompress(packed, size + 1) if 0 <= size <= MOST_PAYLOAD_BYTES else b""
    except zlib.error as error:
        raise DamagedRowError(f"the bytes of a payload in quarantine are damaged: {error}") from None
    if len(payload) != size or not unpacker.eof:
        raise DamagedRowError(f"the bytes of a payload in quarantine do not unpack to the {size} that its row says")
    return payload


def _chunks(payload: bytes) -> list[bytes]:
    packed = zlib.compress(payload)
    return [packed[i : i + CHUNK_BYTES] for i in range(0, len(packed), CHUNK_BYTES)]


def _bytes(columns: Mapping[str, Value], name: str) -> bytes:
    value = columns[name]
    assert isinstance(value, bytes)
    return value
