"""What would become of a payload: the pipeline itself, over a store that keeps its writes to itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from opsledger import pipeline
from opsledger.intake.understand import Refused, Understood, understand_each
from opsledger.ledger import state
from opsledger.ledger.rows import read_record, record_key
from opsledger.ledger.state import Disposition
from opsledger.store import READ_ROWS, Key, Put, Row, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.ledger.notification import Notification
    from opsledger.ledger.record import Record
    from opsledger.store import Store
    from opsledger.store.tables import Index, Table


class Step(NamedTuple):
    """One delivery: as it was opened, as it was understood, and the record before and after it."""

    understood: Understood
    disposition: Disposition
    before: Record | None
    after: Record | None


class Planned(NamedTuple):
    """One row that would be written; `there` when its key has a row already, which a ledger row leaves as it is."""

    put: Put
    there: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would become of one payload."""

    steps: tuple[Step, ...]
    rows: tuple[Planned, ...]


def explain(payload: bytes | str, store: Store, deadline: Deadline) -> Explanation:
    """Take `payload` through the pipeline without writing.

    Raises:
        WorldFailedError: the store cannot be read.
    """
    dry = DryRun(store)
    understood = understand_each(payload)
    results = [one.result for one in understood]
    steps = tuple(_steps(understood, _present(store, results)))
    pipeline.record(results, dry, deadline, "explain")
    return Explanation(steps, tuple(dry.planned.values()))


def _steps(understood: Sequence[Understood], records: dict[str, Record]) -> Iterator[Step]:
    for one in understood:
        if isinstance(one.result, Refused):
            yield Step(one, Disposition.QUARANTINED, None, None)
            continue
        update = one.result.record
        before = records.get(update.key)
        applied = state.apply(before, [update])
        records[update.key] = applied.record
        yield Step(one, applied.dispositions[0], before, applied.record)


def _present(store: Store, understood: Sequence[Notification | Refused]) -> dict[str, Record]:
    keys = list(dict.fromkeys(record_key(n.record.key) for n in understood if not isinstance(n, Refused)))
    batches = (keys[start : start + READ_ROWS] for start in range(0, len(keys), READ_ROWS))
    found = (read_record(row) for batch in batches for row in store.read(batch).values())
    return {record.key: record for record in found}


class DryRun:
    """A store that reads another one and keeps to itself what is written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.planned: dict[Key, Planned] = {}

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """The rows as they would be."""
        own = {key: Row(key, self.planned[key].put.columns) for key in keys if key in self.planned}
        return {**self._store.read([key for key in keys if key not in own]), **own}

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Judge each put by its condition, and keep it."""
        keys = [put.key for put in puts]
        rows: dict[Key, Row] = {}
        for start in range(0, len(keys), READ_ROWS):
            rows.update(self.read(keys[start : start + READ_ROWS]))
        return [self._write(put, rows.get(put.key)) for put in puts]

    def walk(self, index: Index | Table, prefix: Sequence[str | int], *, reverse: bool = False) -> Iterator[Row]:
        """The rows as they are."""
        return self._store.walk(index, prefix, reverse=reverse)

    def _write(self, put: Put, row: Row | None) -> Written:
        self.planned.setdefault(put.key, Planned(put, there=row is not None))
        revision = None if row is None else row.columns.get("revision")
        if (put.revision is None and row is not None) or revision != put.revision:
            return Written.CONDITION_FAILED
        self.planned[put.key] = Planned(put, there=row is not None)
        return Written.LANDED
