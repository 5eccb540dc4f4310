"""Shares of a table that are read side by side, and how far each has been read.

The hash at the start of each key spreads the rows evenly (`opsledger.store.tables`). So equal parts of the range of
hashes are equal parts of the table, and no service has to be asked for points to split it at; the vendor's SDK for
Python has no call for that (ComputeSplitPointsBySize), and the points it gives move as rows come.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from opsledger.store.tables import HASH_DIGITS

HASHES: int = 16**HASH_DIGITS
MOST = 64
"""As many shares are read side by side at the most."""
_PLACE = re.compile(rf"[0-9a-f]{{{HASH_DIGITS}}}(?:\.[0-9a-f]{{{HASH_DIGITS}}}){{0,{MOST - 1}}}", re.ASCII)


class Share(NamedTuple):
    """The rows whose key's hash is from `start` on and before `end`; an empty text for no bound."""

    start: str = ""
    end: str = ""


class Places:
    """How far each of some equal shares has been read, as a text that goes on where a run has stopped.

    The hashes of the last rows that were read are joined by dots. The rows of these hashes are read again; a hash has
    one row in 65,536.
    """

    def __init__(self, count: int) -> None:
        self._starts = [number * HASHES // count for number in range(count)]
        self._reached = list(self._starts)

    @classmethod
    def read(cls, text: str) -> Places | None:
        """The places that `text` gives; None if it is the key of a record, which has a colon, or empty.

        Raises:
            ValueError: it is neither, or a place is not in its share.
        """
        if not text or ":" in text:
            return None
        if not _PLACE.fullmatch(text):
            raise ValueError(f"{text} is not where a run stopped: use what it printed")
        reached = [int(part, 16) for part in text.split(".")]
        places = cls(len(reached))
        if any(not start <= at < end for at, start, end in zip(reached, places._starts, places._ends(), strict=True)):
            raise ValueError(f"{text} is not where a run stopped: use what it printed")
        places._reached = reached
        return places

    def shares(self) -> list[Share]:
        """What is still to be read of each share."""
        ends = [f"{end:04x}" if end < HASHES else "" for end in self._ends()]
        return [Share(f"{at:04x}" if at else "", end) for at, end in zip(self._reached, ends, strict=True)]

    def passed(self, key: str) -> None:
        """Note that the row whose key begins with a hash was read, and those before it in its share."""
        at = int(key[:HASH_DIGITS], 16)
        number = max(number for number, start in enumerate(self._starts) if start <= at)
        self._reached[number] = max(self._reached[number], at)

    def share_read(self) -> float:
        """How much of all was read, from 0 to 1."""
        read = sum(at - start for at, start in zip(self._reached, self._starts, strict=True))
        return read / HASHES

    def _ends(self) -> list[int]:
        return [*self._starts[1:], HASHES]

    def __str__(self) -> str:
        return ".".join(f"{at:04x}" for at in self._reached)
