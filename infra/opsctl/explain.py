"""How a payload would be handled: run the pipeline over a store that keeps its writes in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import pipeline
from opsledger.intake.understand import Refused, Understood, understand_each
from opsledger.ledger import queries, state
from opsledger.ledger.rows import record_key
from opsledger.ledger.state import Disposition
from opsledger.store import READ_ROWS, Key, Put, Row, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.ledger.notification import Notification
    from opsledger.ledger.record import Record
    from opsledger.store import Store
    from opsledger.store.tables import Index, Table


class ExplainedDelivery(NamedTuple):
    """One delivery as understood, and its record before and after it."""

    understood: Understood
    disposition: Disposition
    before: Record | None
    after: Record | None

    @property
    def form(self) -> str:
        """The form it arrived in; empty if that is not known."""
        return self.understood.delivery.form if self.understood.delivery else ""

    @property
    def via(self) -> tuple[str, ...]:
        """The forms of the wrappers around it, the outermost first."""
        return self.understood.delivery.via if self.understood.delivery else ()

    @property
    def type(self) -> str:
        """The type in its envelope; empty if there is none."""
        return (self.understood.delivery.type if self.understood.delivery else None) or ""


class PlannedRow(NamedTuple):
    """One row that would be written; `exists` if its key has a row already, which a ledger row leaves as it is."""

    put: Put
    exists: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one payload would be handled."""

    deliveries: tuple[ExplainedDelivery, ...]
    rows: tuple[PlannedRow, ...]


def explain(payload: bytes | str, store: Store, deadline: Deadline) -> Explanation:
    """Run `payload` through the pipeline without writing.

    Raises:
        WorldFailedError: the store cannot be read.
    """
    dry = DryRun(store)
    understood = understand_each(payload, deadline.clock.now_ms())
    results = [one.result for one in understood]
    deliveries = tuple(_deliveries(understood, _present(store, results)))
    pipeline.record(results, dry, deadline, "explain")
    return Explanation(deliveries, tuple(dry.planned.values()))


def _deliveries(understood: Sequence[Understood], records: dict[str, Record]) -> Iterator[ExplainedDelivery]:
    for one in understood:
        if isinstance(one.result, Refused):
            yield ExplainedDelivery(one, Disposition.QUARANTINED, None, None)
            continue
        update = one.result.record
        before = records.get(update.key)
        applied = state.apply(before, [update])
        records[update.key] = applied.record
        yield ExplainedDelivery(one, applied.dispositions[0], before, applied.record)


def _present(store: Store, understood: Sequence[Notification | Refused]) -> dict[str, Record]:
    keys = (record_key(n.record.key) for n in understood if not isinstance(n, Refused))
    return {record.key: record for record in queries.fetch(store, keys)}


class DryRun:
    """A store that reads another one and keeps writes in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.planned: dict[Key, PlannedRow] = {}

    def read(self, keys: Sequence[Key]) -> Mapping[Key, Row]:
        """Return the rows as they would be."""
        own = {key: Row(key, self.planned[key].put.columns) for key in keys if key in self.planned}
        return {**self._store.read([key for key in keys if key not in own]), **own}

    def write(self, puts: Sequence[Put]) -> Sequence[Written]:
        """Check each put's condition, and keep the put."""
        keys = [put.key for put in puts]
        rows: dict[Key, Row] = {}
        for start in range(0, len(keys), READ_ROWS):
            rows.update(self.read(keys[start : start + READ_ROWS]))
        return [self._write(put, rows.get(put.key)) for put in puts]

    def walk(self, index: Index | Table, prefix: Sequence[str | int], **options: Any) -> Iterator[Row]:
        """Return the rows as they are."""
        return self._store.walk(index, prefix, **options)

    def _write(self, put: Put, row: Row | None) -> Written:
        self.planned.setdefault(put.key, PlannedRow(put, exists=row is not None))
        revision = None if row is None else row.columns.get("revision")
        if (put.revision is None and row is not None) or revision != put.revision:
            return Written.CONDITION_FAILED
        self.planned[put.key] = PlannedRow(put, exists=row is not None)
        return Written.LANDED
