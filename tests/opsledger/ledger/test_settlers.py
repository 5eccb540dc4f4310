"""The catalogue's tables of what settles what: they name what there is, and every type is settled by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import NOW_MS, PipelineHarness

from opsctl import sample
from opsledger import catalog
from opsledger.ledger import settlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.ledger.record import Record

DAY = 86_400_000


def test_the_tables_of_settlers_name_what_there_is() -> None:
    """A misspelt kind or status would have no effect; and a settler is of the same resource type."""
    tried = 0
    for kind in catalog.kinds().values():
        for settler in kind.settlers:
            other = catalog.kind(settler.kind)
            assert other.resource_type == kind.resource_type
            named: Sequence[str] = [*settler.final, *settler.later, *settler.present]
            assert named
            assert set(named) <= other.lifecycle.moves.keys()
            tried += 1
    assert tried >= 6


def test_every_open_status_of_a_kind_with_a_settler_is_settled() -> None:
    """Of every type: with the samples of both, whatever the type carries as its resource."""
    tried = 0
    for spec in catalog.event_types():
        for case in sample.cases(spec):
            if not spec.kind.settlers or spec.kind.lifecycle.outcomes.get(case.status) not in ("pending", "active"):
                continue
            record = _record_of(spec, case)
            for settler, key in zip(spec.kind.settlers, settlement.settlers_of(record), strict=True):
                other = _ended(settler, key, record)
                assert settlement.settlement(record, {key: other}) == (NOW_MS + DAY, key), (spec.type, case.status)
                tried += 1
    assert tried >= 30


def _record_of(spec: catalog.EventType, case: sample.Case) -> Record:
    harness = PipelineHarness()
    harness.process(sample.event(spec, case.status, "cloudevent", seed="s", now_ms=NOW_MS, template=case.template))
    (record,) = harness.stored()
    return record


def _ended(settler: catalog.Settler, key: str, record: Record) -> Record:
    (transition,) = list(record.transitions.values())[:1]
    status = min(settler.final or settler.later)
    ended = transition._replace(status=status, at=NOW_MS + DAY, received_at=NOW_MS + DAY)
    return record._replace(key=key, kind=settler.kind, transitions={"k": ended})
