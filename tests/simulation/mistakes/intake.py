"""Mistakes in how payloads are read: wrong replacements of the original."""

from __future__ import annotations

import json
from typing import Any

from opsledger.errors import BadEventError
from opsledger.intake.understand import Refused


def key_with_envelope_id(original: Any) -> Any:
    """Add the id of the envelope to the key of a transition."""

    def understand(element: Any, delivery: Any, received: Any, received_at: int) -> Any:
        understood = original(element, delivery, received, received_at)
        result = understood.result
        if isinstance(result, Refused):
            return understood
        transition = result.transition._replace(key=result.transition.key + (delivery.envelope.id or "")[:8])
        record = result.record._replace(transitions={transition.key: transition})
        return understood._replace(result=result._replace(transition=transition, record=record))

    return understand


def raise_on_bad_event(original: Any) -> Any:
    """Raise when the type of an event is unknown."""

    def quarantined(refused: Any, now_ms: int) -> Any:
        if refused.error.reason == "unknown_type":
            raise BadEventError("unexpected")
        return original(refused, now_ms)

    return quarantined


def quarantine_whole_batch(original: Any) -> Any:
    """Refuse a whole batch when one of its events is bad."""

    def understand(payload: Any, received_at: int) -> Any:
        found = original(payload, received_at)
        bad = [item for item in found if isinstance(item, Refused)]
        return [bad[0]._replace(received=payload)] if bad else found

    return understand


def quarantine_parsed_value(_original: Any) -> Any:
    """Quarantine the parsed value, serialized again, instead of the text as it arrived."""
    return lambda self, index: json.dumps(self.elements[index], sort_keys=True, separators=(",", ":"))
