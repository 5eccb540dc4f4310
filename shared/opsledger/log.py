"""Log lines: one JSON object each, so that a log service can search them by field.

Text from outside is escaped by JSON down to ASCII: it can neither break a line nor move a terminal's cursor. Contents,
credentials and settings are never logged.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from opsledger import instant

if TYPE_CHECKING:
    from opsledger.pipeline import Entry

MAX_TEXT = 256


def write(event: str, **fields: Any) -> None:
    """One line on standard output, where Function Compute collects it."""
    line = {"event": event, **{name: _short(value) for name, value in fields.items() if value is not None}}
    sys.stdout.write(json.dumps(line, default=str) + "\n")


def delivery(entry: Entry, request_id: str) -> None:
    """What became of one delivery."""
    if entry.notification is not None:
        told = entry.notification
        at = told.transition.at
        write(
            "delivery",
            request_id=request_id,
            outcome=entry.disposition.value,
            record=told.record.key,
            type=told.transition.type,
            status=told.transition.status,
            at=None if at is None else instant.show(at),
            notification=told.digest,
            form=told.form,
        )
    elif entry.quarantined is not None:
        refused = entry.quarantined
        write(
            "delivery",
            request_id=request_id,
            outcome=entry.disposition.value,
            reason=refused.reason,
            errors=[{"path": path, "message": _short(message)} for path, message in refused.errors[:10]],
            type=refused.type or None,
            payload=refused.digest,
        )


def _short(value: Any) -> Any:
    return value[:MAX_TEXT] if isinstance(value, str) else value
