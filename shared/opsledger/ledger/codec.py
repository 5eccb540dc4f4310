"""Stored names and hashed bytes: how transitions and records are written.

Every version so far has written rows and keys with these names, in this order. A field can be renamed in code without a
change here. A change here makes stored rows unreadable, or makes every redelivery a new row. `tests/golden` compares
both with what version 0.1.0 wrote.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import strict_json
from opsledger.catalog.transition import Transition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.ledger.record import Record
    from opsledger.strict_json import JsonObject, JsonValue

SCHEMA = 2
"""The version of the rows; it grows when they change. A row of any earlier version is read, and written as this one.

1: the first. 2: records may name further resources (`also`) and be overdue; quarantine entries may be resolved."""

KEY_DIGITS = 16

_STORED_NAMES = {"notice_period": "notice"}
"""Field → stored name, where the two differ."""
_FIELDS: tuple[tuple[str, int, JsonValue], ...] = tuple(
    sorted(
        (_STORED_NAMES.get(field, field), position, Transition._field_defaults.get(field))
        for position, field in enumerate(Transition._fields)
    )
)
"""Stored name, position in `Transition` and default of each field, in the order in which they are written."""
_FIELD_OF = {_STORED_NAMES.get(field, field): field for field in Transition._fields}


class State(NamedTuple):
    """What a record's row keeps as JSON in its column `state`."""

    transitions: tuple[Transition, ...]
    first_at: int | None
    truncated: bool
    also: tuple[str, ...]


def transition_key(status: str, distinct: Iterable[str | int | None]) -> str:
    """The key of a transition: a hash of its status and of the values that distinguish it within its entity."""
    text = strict_json.write_in_order([status, *distinct])
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]


def digest(record: Record) -> str:
    """The digest of a notification: the same for every delivery with the same content, in any envelope.

    Args:
        record: the record of the notification alone, with its one transition.
    """
    (transition,) = record.transitions.values()
    text = strict_json.write_in_order([record.key, record.account, record.region, _fields(transition)])
    return hashlib.sha256(text.encode()).hexdigest()


def write_transition(transition: Transition) -> str:
    """The fields that are not at their default, as JSON: the same text for the same transition."""
    return strict_json.write_in_order(_fields(transition))


def read_transition(text: str) -> Transition:
    """What `write_transition` wrote; a field of a newer schema is ignored."""
    return _transition(strict_json.read_object(text))


def write_state(record: Record, transitions: Iterable[Transition]) -> str:
    """A record's state as JSON, its `transitions` in the given order."""
    state: dict[str, JsonValue] = {"also": record.also} if record.also else {}
    state["first_at"] = record.first_at
    state["transitions"] = [_fields(transition) for transition in transitions]
    state["truncated"] = record.truncated
    return strict_json.write_in_order(state)


def read_state(text: str) -> State:
    """What `write_state` wrote, in any schema so far."""
    state: Mapping[str, Any] = strict_json.read_object(text)
    return State(
        transitions=tuple(_transition(fields) for fields in state["transitions"]),
        first_at=state.get("first_at"),
        truncated=state.get("truncated", False),
        also=tuple(state.get("also", ())),
    )


def write_pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs of text as a JSON array of arrays."""
    return strict_json.write(pairs)


def read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """What `write_pairs` wrote."""
    pairs: Any = strict_json.read(text)
    return tuple((str(one), str(other)) for one, other in pairs)


def _fields(transition: Transition) -> JsonObject:
    fields = {name: v for name, at, default in _FIELDS if (v := transition[at]) is not None and v != default}
    if transition.detail:
        fields["detail"] = dict(sorted(transition.detail.items()))
    return fields


def _transition(fields: Mapping[str, Any]) -> Transition:
    known = {_FIELD_OF[name]: value for name, value in fields.items() if name in _FIELD_OF}
    return Transition(**{**known, "anomalies": tuple(known.get("anomalies", ()))})
