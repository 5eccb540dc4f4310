"""Log lines: one JSON object each, so that a log service can search them by field.

Text from outside is escaped by JSON down to ASCII: it can neither break a line nor move a terminal's cursor. Contents,
credentials and settings are never logged.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.pipeline import Entry

MAX_TEXT = 256


def write(event: str, **fields: Any) -> None:
    """One line on standard output, where Function Compute collects it."""
    sys.stdout.write(_line(event, **fields))


def deliveries(entries: Sequence[Entry], request_id: str) -> None:
    """What became of each delivery, a line each."""
    sys.stdout.write("".join([_delivery(entry, request_id) for entry in entries]))


def _delivery(entry: Entry, request_id: str) -> str:
    if entry.notification is not None:
        told = entry.notification
        at = told.transition.at
        return _line(
            "delivery",
            request_id=request_id,
            outcome=entry.disposition.value,
            record=told.record.key,
            type=told.transition.type,
            status=told.transition.status,
            at=None if at is None else timestamps.show(at),
            notification=told.digest,
            form=told.form,
        )
    refused = entry.quarantined
    assert refused is not None
    return _line(
        "delivery",
        request_id=request_id,
        outcome=entry.disposition.value,
        reason=refused.reason,
        errors=[{"path": path, "message": message[:MAX_TEXT]} for path, message in refused.errors[:10]],
        type=refused.type or None,
        payload=refused.digest,
    )


def _line(event: str, **fields: Any) -> str:
    line = {"event": event}
    for name, value in fields.items():
        if value is not None:
            line[name] = value[:MAX_TEXT] if isinstance(value, str) else value
    return _ENCODER.encode(line) + "\n"


_ENCODER = json.JSONEncoder(default=str)
