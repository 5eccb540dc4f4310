"""The pipeline's own reading of a fact, for a content model that the reference model has no second reading of.

So a new event type is simulated at once: its reading is taken on trust, while order, joining and storing are checked as
for any other. Add a reader to `reference` to check the reading too.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.simulation.workload import event_of

from opsledger.intake.understand import understand
from opsledger.ledger.notification import Notification

if TYPE_CHECKING:
    from tests.simulation.workload import Fact


def borrowed(fact: Fact) -> dict[str, Any]:
    """The fields of the step that `fact` tells, under the names of `reference.Step`."""
    (understood,) = understand(json.dumps(event_of(fact, "cloudevent")))
    assert isinstance(understood, Notification)
    record, step = understood.record, understood.transition
    return {
        "thing": record.key.removeprefix(f"{fact.spec.kind.record_prefix}:"),
        "status": step.status,
        "same": (step.key,),
        "at": step.at,
        "last": step.last_at,
        "not_before": step.not_before,
        "due": step.due,
        "notice": step.notice_period,
        "began": step.started_at,
        "ended": step.finished_at,
    }
