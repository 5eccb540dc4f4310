"""Find the record that a person means, by a whole id or by how it begins.

A whole id is found among all records. The beginning of one is found among the open records, and among the records of a
resource whose id begins so; the tables have no index for any other.
"""

from __future__ import annotations

import difflib
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from opsctl.cli.language import t
from opsctl.errors import NotThereError
from opsledger.ledger import queries
from opsledger.store import PAGE_ROWS
from opsledger.store.tables import BY_RESOURCE, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsledger.ledger.record import Record
    from opsledger.store import Key, Store

MAX_ROWS = 10_000
"""As many rows of an index are looked through for a beginning."""
SHORTEST = 12
"""Characters of a short id at the least."""
LONG = 24
"""Characters of a resource's id that are not left out of a short id; those of ECS and ECI are shorter."""
NEAREST = 3
_LAST = "\U0010ffff"


def look_up(store: Store, text: str) -> list[Record]:
    """The records with the id `text`, or else the one whose id begins so.

    Raises:
        NotThereError: there is none, or several begin so; the message names those, or the nearest.
    """
    whole = queries.find(store, text)
    if whole:
        return whole
    candidates = {name_of(record): key for key in _candidates(store, text) for record in [unhashed(str(key.values[0]))]}
    found = [name for name in candidates if name.startswith(text)]
    if len(found) == 1:
        return list(queries.fetch(store, [candidates[found[0]]]))
    raise NotThereError(_why_not(text, found, difflib.get_close_matches(text, candidates, NEAREST)))


def only(store: Store, text: str) -> Record:
    """The one record that `text` means.

    Raises:
        NotThereError: there is none, or several, such as all records of a resource.
    """
    found = look_up(store, text)
    if len(found) > 1:
        names = _listed(name_of(record.key) for record in found)
        raise NotThereError(
            t("{n} records are called {id}: {names}; name one", n=len(found), id=repr(text), names=names)
        )
    return found[0]


def _why_not(text: str, found: Sequence[str], near: Sequence[str]) -> str:
    """What a person can do: give more of an id, take one of the nearest, or give a whole id."""
    id_ = repr(text)
    if found:
        many = "{n} records begin with {id}: {names}; give more of the id"
        return t(many, n=len(found), id=id_, names=_listed(found))
    if near:
        nearest = "no record {id}; the nearest are {names}; give the whole id of a closed one"
        return t(nearest, id=id_, names=_listed(near))
    return t("no record {id}; give the whole id of a closed one: `opsledger records -o wide` has it", id=id_)


def name_of(record: str) -> str:
    """What identifies a record within its kind: its key less the product and the kind, such as an event id."""
    return record.split(":", 2)[-1]


def short_names(records: Sequence[Record], *, are_open: Sequence[bool]) -> list[str]:
    """A short id for each record, in order: as much of its name as `look_up` needs to find it, and no two alike.

    Args:
        are_open: of each record, whether it is open.
    """
    names = [name_of(record.key) for record in records]
    needed = _needed(sorted(set(names)))
    return [
        name[: _length(name, record.resource_id, needed[name], is_open=is_open)]
        for record, name, is_open in zip(records, names, are_open, strict=True)
    ]


def _length(name: str, resource_id: str, needed: int, *, is_open: bool) -> int:
    """How much of a name is its short id: of one that begins with its resource's id, that too, unless it is long."""
    if name.startswith(resource_id):
        return max(min(len(resource_id), LONG), needed)
    return max(SHORTEST, needed) if is_open else len(name)


def _needed(names: Sequence[str]) -> dict[str, int]:
    """How many characters of each of the sorted names tell it from the others."""
    shared = [_common(one, other) for one, other in pairwise(names)]
    return {name: max(before, after) + 1 for name, before, after in zip(names, [0, *shared], [*shared, 0], strict=True)}


def _common(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _candidates(store: Store, text: str) -> Iterator[Key]:
    """The keys of the open records, and of those whose resource's id begins with `text` or ends before a `:` in it."""
    rows = queries.may_be_overdue(store, (), (), lambda: PAGE_ROWS)
    yield from (row.key for row in islice(rows, MAX_ROWS))
    begins = store.walk(BY_RESOURCE, [], start=(text,), end=(text + _LAST,))
    yield from (row.key for row in islice(begins, MAX_ROWS))
    for cut in (i for i, character in enumerate(text) if character == ":"):
        yield from (row.key for row in islice(store.walk(BY_RESOURCE, [text[:cut]]), MAX_ROWS))


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:NEAREST]) + (" …" if len(listed) > NEAREST else "")
