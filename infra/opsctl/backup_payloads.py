"""Check the payloads in a backup's quarantine that have several rows: a damaged one may be plausible by itself."""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import TYPE_CHECKING

from opsledger.store.tables import QUARANTINE, unhashed

if TYPE_CHECKING:
    from opsledger.store import Put


class PayloadRows:
    """The rows of one payload after the other, as an export writes them; no payload is held.

    Rows in another order, as in a file that was put together, are not checked: nothing is wrong with them.
    """

    def __init__(self) -> None:
        self._payload: _Payload | None = None

    def fits(self, put: Put) -> bool:
        """Whether the payload that this row completes is the one that its key names; True of any other row."""
        if put.key.table is not QUARANTINE:
            return True
        digest, number = unhashed(str(put.key.values[0])), put.key.values[1]
        if number == 0:
            self._payload = _Payload(digest, int(put.columns["size"]), int(put.columns["parts"]))
        payload = self._payload
        if payload is None or (payload.digest, payload.number) != (digest, number):
            self._payload = None
            return True
        return payload.add(put.columns["bytes"])


class _Payload:
    def __init__(self, digest: str, size: int, parts: int) -> None:
        self.digest, self.number = digest, 0
        self._left, self._parts = size, parts
        self._sum, self._unpacker = sha256(), zlib.decompressobj()

    def add(self, packed: object) -> bool:
        """Read the next row's bytes; return whether they are right as far as they go."""
        assert isinstance(packed, bytes)
        self.number += 1
        try:
            # One byte more than there may be is enough to see that there is too much.
            unpacked = self._unpacker.decompress(packed, self._left + 1)
        except zlib.error:
            return False
        self._sum.update(unpacked)
        self._left -= len(unpacked)
        if self.number < self._parts:
            return self._left >= 0
        return self._left == 0 and self._unpacker.eof and self._sum.hexdigest() == self.digest
