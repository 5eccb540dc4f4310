"""Log lines: one JSON object each, so that a log service can search them by field.

Text from outside is escaped to ASCII, so that it can neither break a line nor move a terminal's cursor. Contents,
credentials and settings are never logged.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.errors import OpsLedgerError
    from opsledger.ledger.notification import Notification
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.pipeline import Entry
    from opsledger.strict_json import JsonValue

MAX_TEXT = 256
MAX_ERRORS = 10


def write(event: str, **fields: JsonValue) -> None:
    """Write one line to standard output, where Function Compute collects it; fields that are None are left out."""
    sys.stdout.write(_line(event, **fields))


def failed(request_id: str, error: OpsLedgerError, **fields: JsonValue) -> None:
    """Write that the invocation fails, with its error."""
    write("failed", request_id=request_id, **fields, error=type(error).__name__, message=str(error))


def deliveries(entries: Sequence[Entry], request_id: str) -> None:
    """Write one line per delivery, with its result."""
    sys.stdout.write("".join([_delivery(entry, request_id) for entry in entries]))


def _delivery(entry: Entry, request_id: str) -> str:
    fields: dict[str, JsonValue] = {}
    if entry.notification is not None:
        fields = _notification(entry.notification)
    elif entry.quarantined is not None:
        fields = {**_refusal(entry.quarantined), "envelope": entry.envelope_id}
    return _line("delivery", request_id=request_id, outcome=entry.disposition.value, **fields)


def _notification(notification: Notification) -> dict[str, JsonValue]:
    transition = notification.transition
    return {
        "record": notification.record.key,
        "type": transition.type,
        "status": transition.status,
        "at": None if transition.at is None else timestamps.show(transition.at),
        "notification": notification.digest,
        "form": notification.form,
        "envelope": notification.envelope.id,
    }


def _refusal(refused: Quarantined) -> dict[str, JsonValue]:
    errors = [{"path": path, "message": message[:MAX_TEXT]} for path, message in refused.errors[:MAX_ERRORS]]
    return {"reason": refused.reason, "errors": errors, "type": refused.type or None, "payload": refused.digest}


def _line(event: str, **fields: JsonValue) -> str:
    line: dict[str, JsonValue] = {"event": event}
    for name, value in fields.items():
        if value is not None:
            line[name] = value[:MAX_TEXT] if isinstance(value, str) else value
    return _ENCODER.encode(line) + "\n"


_ENCODER = json.JSONEncoder(default=str)
