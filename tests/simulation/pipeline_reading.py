"""The pipeline's own reading of a fact, for a content model that the reference model has no second reading of.

So a new event type is simulated at once. Its reading is trusted; order, joining and storing are checked as for any
other type. Add a reader to `reference` to check the reading too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.simulation.workload import event_of

from opsledger.intake.understand import understand
from opsledger.ledger.notification import Notification

if TYPE_CHECKING:
    from tests.simulation.workload import Fact


def read_by_pipeline(fact: Fact) -> dict[str, Any]:
    """The fields of `reference_reading.ExpectedTransition`, as the pipeline reads them."""
    (understood,) = understand(json.dumps(event_of(fact, "cloudevent")), fact.timestamp)
    assert isinstance(understood, Notification)
    record, transition = understood.record, understood.transition
    return {
        "entity_id": record.key.removeprefix(f"{fact.spec.kind.record_prefix}:"),
        "status": transition.status,
        "identity": (transition.key,),
        "at": None if transition.dated_by_receipt else transition.moment,
        "last_at": transition.last_at,
        "not_before": transition.not_before,
        "due": transition.due,
        "notice_period": transition.notice_period,
        "started_at": transition.started_at,
        "finished_at": transition.finished_at,
        "issued": transition.issued_at,
        "stated": transition.stated_at,
        "second": int(transition.key.partition("-")[0]) * 1000,
    }
