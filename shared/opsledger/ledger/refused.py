"""Read the refused payloads: those that wait, by reason, and one with all of its bytes."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from opsledger import timestamps
from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger.listing import Range, index_page
from opsledger.ledger.quarantine import RESOLVED, Quarantined, quarantine_key, read_quarantined
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import BY_REASON, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsledger.store import Key, PageSize, Row, Store
    from opsledger.strict_json import JsonObject, JsonValue

REASONS = tuple(kind.reason for kind in BadEventError.__subclasses__())
"""The reasons for refusing a payload, in the order of `errors`."""
PART_ROWS = 2
"""Rows a read: a part has up to 1.5 MB, and a reply of Tablestore up to 4 MB."""
PAGE_ROWS = 10
"""Entries a read: a row may have 1.5 MB of payload; most have one or two KB."""


def entries(
    store: Store, reasons: Sequence[str] = REASONS, *, resolved: bool = False, page: PageSize | None = None
) -> Iterator[Quarantined]:
    """The waiting entries, by reason and newest first, without payloads; with `resolved` also accepted ones."""
    for reason in reasons:
        for wanted in (reason, f"{RESOLVED}{reason}") if resolved else (reason,):
            rows = walk_buckets(store, BY_REASON, [wanted], reverse=True, page=page)
            yield from fetch(store, (row.key for row in rows))


def page(store: Store, reason: str | None, limit: int, after: str = "") -> tuple[list[Quarantined], str]:
    """The waiting entries, of one reason or of all, newest first within a reason; and where to go on.

    Raises:
        ValueError: `after` is not a place among them.
    """
    found = index_page(store, waiting(reason), limit, after)
    return list(fetch(store, (row.key for row in found.rows))), found.after


def waiting(reason: str | None) -> list[Range]:
    """The ranges of the index that have the waiting entries; two for all reasons, with the resolved ones between."""
    if reason is not None:
        return [Range(BY_REASON, (reason,), reverse=True)]
    behind = RESOLVED[:-1] + chr(ord(RESOLVED[-1]) + 1)
    return [Range(BY_REASON, reverse=True, end=(behind,)), Range(BY_REASON, reverse=True, start=(RESOLVED,))]


def digests(store: Store, beginning: str) -> list[str]:
    """The digests of all entries that begin so; reads the whole index."""
    reasons = [wanted for reason in REASONS for wanted in (reason, f"{RESOLVED}{reason}")]
    names = (unhashed(str(row.key.values[0])) for wanted in reasons for row in walk_buckets(store, BY_REASON, [wanted]))
    return list(dict.fromkeys(name for name in names if name.startswith(beginning)))


def whole(store: Store, digest: str) -> Quarantined | None:
    """The entry with its whole payload; None where there is none.

    Raises:
        DamagedRowError: parts of it are missing, or its bytes are not those of its row. It may be in the middle of
            being written, or have come from a backup that was cut off there.
    """
    head = quarantine_key(digest)
    row = store.read([head]).get(head)
    if row is None:
        return None
    keys = [quarantine_key(digest, part) for part in range(1, int(row.columns["parts"]))]
    rows = [row for start in range(0, len(keys), PART_ROWS) for row in _read(store, keys[start : start + PART_ROWS])]
    parts = {int(part.key.values[1]): part.columns["bytes"] for part in rows}
    if len(parts) < len(keys):
        missing, of = len(keys) - len(parts), 1 + len(keys)
        raise DamagedRowError(f"{missing} of {of} parts of a payload in quarantine are missing")
    return read_quarantined(row, {n: bytes(b) for n, b in parts.items() if isinstance(b, bytes)})


def _read(store: Store, keys: Sequence[Key]) -> Iterable[Row]:
    return store.read(keys).values()


def fetch(store: Store, keys: Iterable[Key]) -> Iterator[Quarantined]:
    """The entries at `keys`, in their order, without payloads."""
    wanted = iter(keys)
    while batch := list(islice(wanted, PAGE_ROWS)):
        rows = store.read(batch)
        found = (read_quarantined(rows[key], unpack=False) for key in batch if key in rows)
        yield from (entry._replace(packed=None) for entry in found)  # a list of many must not hold their bytes


def to_json(entry: Quarantined) -> JsonObject:
    """One entry for programs, without its payload."""
    return {
        "digest": entry.digest,
        "reason": entry.reason,
        "errors": [error._asdict() for error in entry.errors],
        "form": entry.form,
        "type": entry.type,
        "count": entry.count,
        "first_received": timestamps.show(entry.first_received),
        "last_received": timestamps.show(entry.last_received),
        "replays": entry.replays,
        "resolved": None if entry.resolved is None else timestamps.show(entry.resolved),
        "became": became_json(entry.became),
    }


def became_json(became: Sequence[tuple[str, str]]) -> list[JsonValue]:
    """The results of a replay for programs."""
    return [{"outcome": outcome, "subject": subject} for outcome, subject in became]
