"""The counts from indexes agree with the records themselves, whatever happened before."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest
from tests.conftest import NOW_MS, PipelineHarness, make_event

from opsledger import catalog
from opsledger.deadline import Deadline
from opsledger.ledger import overdue, state
from opsledger.ledger.commit import commit
from opsledger.ledger.drills import Drill, MarkDrill
from opsledger.metrics import counting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opsledger.ledger.record import Record
    from opsledger.metrics.totals import Series

DAY_MS = 86_400_000
TYPES = (
    *("SystemMaintenance.Reboot", "SystemMaintenance.Redeploy", "SystemFailure.Reboot", "InstanceFailure.Reboot"),
    *("StateChange", "PreemptibleInstanceInterruption"),
)
REGIONS = ("cn-hangzhou", "cn-beijing", "ap-southeast-1")


@pytest.mark.parametrize("seed", range(8))
def test_counts_are_those_of_the_records(harness: PipelineHarness, seed: int) -> None:
    """Events of three regions in any order, some of drills, some refused; once the sweeper was through."""
    chosen = random.Random(seed)  # noqa: S311 - a repeatable schedule
    for _ in range(40):
        type_ = f"ecs:Instance:{chosen.choice(TYPES)}"
        status = chosen.choice(list(catalog.find(type_)[0].kind.lifecycle.moves))
        sent_ms = NOW_MS + chosen.randint(-40, 10) * DAY_MS
        event = make_event(type_, status, seed=f"{chosen.randint(0, 30)}", now_ms=sent_ms)
        harness.process(event | {"aliyunregionid": chosen.choice(REGIONS)})
    harness.process(b"no event")
    drills = {record.key for record in harness.stored() if chosen.random() < 1 / 3}
    deadline = Deadline(harness.clock, 60)
    commit(harness.store, [MarkDrill(Drill(key, NOW_MS, "Wang")) for key in sorted(drills)], deadline, "test")
    overdue.sweep(harness.store, deadline, "test")
    found = counting.count(harness.store, deadline).totals

    expected = _counted(record for record in harness.stored() if record.key not in drills)
    assert {name: found.series[name] for name in expected} == expected
    assert found.total("open_records"), "nothing is open, so this shows nothing"
    assert found.total("quarantined_payloads") == len(list(harness.quarantine()))


def _counted(records: Iterable[Record]) -> dict[str, Series]:
    """What is open, and what of it is overdue, by the same labels."""
    is_open: Series = defaultdict(int)
    is_overdue: Series = defaultdict(int)
    for record in records:
        summary, shown = state.summarize(record), state.to_json(record)
        if summary.is_open:
            kind, status, severity, region = (str(shown[name]) for name in ("kind", "status", "severity", "region"))
            is_open[kind, status, severity, region] += 1
            if summary.overdue_since is not None:
                is_overdue[kind, severity, region] += 1
    return {"open_records": is_open, "overdue_records": is_overdue}
