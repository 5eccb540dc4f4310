"""Stored names and hashed bytes: how transitions and records are written.

Every version so far has written rows with these names, in this order. A field can be renamed in code without a change
here. A change here makes stored rows unreadable, or makes every redelivery a new row. What versions before 0.2.0 made
keys of is in `former`; `tests/golden` reads what version 0.1.0 wrote.

    transition  <second>-<16 hex digits of SHA-256 of [status, what distinguishes it]>   in state and ledger
    ledger row  resource, moment, <notification>.<content>
                notification: 32 hex digits of SHA-256 of [record key, transition key]
                content: 16 hex digits of SHA-256 of [account, region, type, moment, anomalies, content], keys sorted
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, NamedTuple

from opsledger import strict_json, timestamps
from opsledger.catalog.transition import Transition, whole_second

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.strict_json import JsonObject, JsonValue

SCHEMA = 3
"""The version of the rows; it grows when they change. A row of any earlier version is read, and written as this one.

1: the first. 2: records may name further resources (`also`) and be overdue; quarantine entries may be resolved.
3: keys of transitions begin with their moment; transitions say when they were issued, sent and received; ledger rows
keep the envelope's attributes; `first_at` of a record is that of the transitions it no longer keeps; indexes have
buckets."""

NOTED_SINCE = 3
"""The schema since which rows say when a transition was sent and received."""
KEY_DIGITS = 16
NOTIFICATION_DIGITS = 32

_STORED_NAMES = {"notice_period": "notice"}
"""Field → stored name, where the two differ."""
_FIELDS: tuple[tuple[str, int, JsonValue], ...] = tuple(
    sorted(
        (_STORED_NAMES.get(field, field), position, Transition._field_defaults.get(field))
        for position, field in enumerate(Transition._fields)
    )
)
"""Stored name, position in `Transition` and default of each field, in the order in which they are written."""
_UNWRITTEN: JsonObject = {
    _STORED_NAMES.get(field, field): Transition._field_defaults.get(field) for field in Transition._fields
}
"""Stored name → default of each field, in the order of `Transition`."""
_ANOMALIES = Transition._fields.index("anomalies")
_FIELDS_OF_STEP = tuple(row for row in _FIELDS if row[0] not in ("sent_at", "last_sent_at", "received_at"))
"""Those in which two deliveries of the same content do not differ."""
_SENT_AT, _LAST_SENT_AT = Transition._fields.index("sent_at"), Transition._fields.index("last_sent_at")


class State(NamedTuple):
    """What a record's row keeps as JSON in its column `state`."""

    transitions: tuple[Transition, ...]
    first_at: int | None
    truncated: bool
    also: tuple[str, ...]
    also_accounts: tuple[str, ...]
    also_regions: tuple[str, ...]


def transition_key(status: str, moment: int | None, distinct: Iterable[str | int | None]) -> str:
    """The key of a transition, the same by every route and for ever.

    Args:
        moment: when it was, in ms, to the second; None where nothing that every route carries says so.
        distinct: what else tells it from the entity's transitions of this status; moments in it count to the second.
    """
    text = strict_json.write_in_order([status, *map(_whole_seconds, distinct)])
    return f"{(moment or 0) // 1000:010d}-{hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]}"


def key_moment(key: str) -> int | None:
    """The moment, in ms, that a key made by `transition_key` begins with; None where it has none."""
    second = key.partition("-")[0]
    return int(second) * 1000 or None if len(second) < len(key) else None


def _whole_seconds(value: str | int | None) -> str | int | None:
    return whole_second(value) if isinstance(value, int) and value >= timestamps.EARLIEST_MS else value


def digest(record: str, transition: str) -> str:
    """The digest of a notification: the same for every delivery that reports the same step, by any route.

    Args:
        record: the key of its record.
        transition: the key of its transition.
    """
    text = strict_json.write_in_order([record, transition])
    return hashlib.sha256(text.encode()).hexdigest()[:NOTIFICATION_DIGITS]


def content_digest(account: str | None, region: str | None, transition: Transition, content: JsonObject) -> str:
    """The digest of what a delivery says of a step: all but when it was sent and received.

    So a record is made again of the rows of its ledger: fuller content of the same notification, that of another owner
    and a more precise moment each have a row of their own.
    """
    said = [account, region, transition.type, transition.at, transition.anomalies, content]
    return hashlib.sha256(strict_json.write(said).encode()).hexdigest()[:KEY_DIGITS]


def write_step(transition: Transition) -> str:
    """The fields that are not at their default, but those of its arrival, as JSON: the same at every delivery of it."""
    return strict_json.write_in_order(_fields(transition, _FIELDS_OF_STEP))


def read_transition(text: str) -> Transition:
    """What `write_step` wrote, or a state has of a transition; a field of a newer schema is ignored."""
    return _transition(strict_json.read_object(text))


def write_state(state: State) -> str:
    """A record's state as JSON, its transitions in the given order."""
    further = {"also": state.also, "also_accounts": state.also_accounts, "also_regions": state.also_regions}
    written: dict[str, JsonValue] = {name: names for name, names in further.items() if names}
    written["first_at"] = state.first_at
    written["transitions"] = [_fields(transition) for transition in state.transitions]
    written["truncated"] = state.truncated
    return strict_json.write_in_order(written)


def read_state(text: str) -> State:
    """What `write_state` wrote, in any schema so far."""
    state: Mapping[str, Any] = strict_json.read_object(text)
    return State(
        transitions=tuple(_transition(fields) for fields in state["transitions"]),
        first_at=state.get("first_at"),
        truncated=state.get("truncated", False),
        also=tuple(state.get("also", ())),
        also_accounts=tuple(state.get("also_accounts", ())),
        also_regions=tuple(state.get("also_regions", ())),
    )


def write_pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs of text as a JSON array of arrays."""
    return strict_json.write(pairs)


def read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """What `write_pairs` wrote."""
    pairs: Any = strict_json.read(text)
    return tuple((str(one), str(other)) for one, other in pairs)


def _fields(transition: Transition, rows: Sequence[tuple[str, int, JsonValue]] = _FIELDS) -> JsonObject:
    fields = {name: v for name, at, default in rows if (v := transition[at]) is not None and v != default}
    if transition.detail:
        fields["detail"] = dict(sorted(transition.detail.items()))
    if transition.last_sent_at == transition.sent_at:
        fields.pop("last_sent_at", None)
    return fields


def _transition(fields: Mapping[str, Any]) -> Transition:
    # Names of a newer schema come last, behind the fields.
    values = [*{**_UNWRITTEN, **fields}.values()][: len(_UNWRITTEN)]
    if "anomalies" in fields:
        values[_ANOMALIES] = tuple(fields["anomalies"])
    if "last_sent_at" not in fields:
        values[_LAST_SENT_AT] = values[_SENT_AT]
    if "status" not in fields:
        raise TypeError("a transition without a status")
    return Transition._make(values)
