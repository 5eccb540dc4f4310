"""What arrived that the catalogue does not know, as a to-do list.

The report has three sources, and none of them slows down the functions. The quarantine has what was refused. The ledger
has the anomalies noted when each content was read. And the contents in the ledger show fields that no model has: they
are compared when the report is made. So the report depends on what arrived, not on the order. It reads the records
newest first, back to the start of the period, each with its ledger rows, and holds a batch of records in memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from opsledger import catalog, strict_json, timestamps
from opsledger.catalog.eci.content import EciEvent
from opsledger.catalog.ecs.notices import ResourceNotice
from opsledger.catalog.templates import normalise
from opsledger.errors import UnknownTypeError
from opsledger.ledger import queries, refused
from opsledger.store import PAGE_ROWS, READ_ROWS
from opsledger.store.tables import BUCKETS, LEDGER, hashed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from opsledger.catalog.content import Content
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.store import Row, Store
    from opsledger.strict_json import JsonObject, JsonValue

REMEDIES = {
    "new type": "add a row to the catalogue and a sample, then replay `--reason unknown_type`",
    "new status": "add it to the lifecycle, then replay `--reason unknown_status`",
    "field refused": "compare the content model with the vendor's page, then replay `--reason malformed_content`",
    "undocumented status": "add it to the type's statuses if the vendor documents it now",
    "new message": "add the wording to the reason's templates, then `rebuild --from-content`",
    "other event type": "the catalogue has it as Normal or Warning, the service as the other",
    "new field": "add it to the content model, or to the fields that are ignored",
}
"""What to do about each kind of finding, in the order of the report."""


class DriftFinding(NamedTuple):
    """Something that the catalogue does not know.

    Attributes:
        what: one of `REMEDIES`.
        subject: the status, field or message.
        seen: how often: refused deliveries, or distinct recorded notifications.
        first, last: when it was first and last received, in ms.
        example: the digest of a refused payload, or a record's key.
    """

    what: str
    type: str
    subject: str
    seen: int
    first: int
    last: int
    example: str

    def to_json(self) -> JsonObject:
        """Return what `--json` prints."""
        return {
            "what": self.what,
            "type": self.type,
            "subject": self.subject,
            "seen": self.seen,
            "first": timestamps.show(self.first),
            "last": timestamps.show(self.last),
            "example": self.example,
            "todo": REMEDIES[self.what],
        }


class DriftReport(NamedTuple):
    """All findings, by kind and the most frequent first.

    Attributes:
        complete: whether everything was looked at; otherwise the newest records were.
    """

    findings: list[DriftFinding]
    complete: bool


def report(store: Store, since_ms: int, on_row: Callable[[], None] = lambda: None) -> list[DriftFinding]:
    """All findings since `since_ms`, by kind and the most frequent first; `on_row` is called as in `look`."""
    return look(store, since_ms, on_row=on_row).findings


def look(
    store: Store, since_ms: int, most_rows: int | None = None, on_row: Callable[[], None] = lambda: None
) -> DriftReport:
    """What was found since `since_ms`.

    Args:
        most_rows: look at so many refused payloads and rows of the ledger at most; None for all.
        on_row: called before each of them.
    """
    looked = _Looked(most_rows, on_row)
    gathered: dict[tuple[str, str, str], DriftFinding] = {}
    for one in chain(_refused(store, since_ms, looked), _recorded(store, since_ms, looked)):
        key = (one.what, one.type, one.subject)
        gathered[key] = _merged(gathered[key], one) if key in gathered else one
    rank = list(REMEDIES).index
    findings = sorted(gathered.values(), key=lambda f: (rank(f.what), -f.seen, f.type, f.subject))
    return DriftReport(findings, looked.complete)


class _Looked:
    """How much was looked at, of how much may be."""

    def __init__(self, most: int | None, on_row: Callable[[], None]) -> None:
        self.complete = True
        self._most, self._rows, self._on_row = most, 0, on_row

    def page(self) -> int:
        """How many rows to read at once: few, where few may be looked at."""
        return PAGE_ROWS if self._most is None else min(PAGE_ROWS, self._most // (2 * len(BUCKETS)) + 1)

    def another(self) -> bool:
        """Whether one more row may be looked at."""
        self._rows += 1
        self._on_row()
        self.complete = self._most is None or self._rows <= self._most
        return self.complete


def _merged(one: DriftFinding, other: DriftFinding) -> DriftFinding:
    return one._replace(
        seen=one.seen + other.seen,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        example=min(one.example, other.example),
    )


# ---------------------------------------------------------------------------------------------- the quarantine
_REFUSED = {"unknown_type": "new type", "unknown_status": "new status", "malformed_content": "field refused"}


def _refused(store: Store, since_ms: int, looked: _Looked) -> Iterator[DriftFinding]:
    for entry in refused.entries(store, tuple(_REFUSED), page=looked.page):
        if not looked.another():
            return
        if entry.last_received >= since_ms:
            for subject in _subjects(entry):
                yield DriftFinding(
                    _REFUSED[entry.reason],
                    entry.type or "(no envelope)",
                    subject,
                    entry.count,
                    entry.first_received,
                    entry.last_received,
                    entry.digest,
                )


def _subjects(entry: Quarantined) -> list[str]:
    if entry.reason == "unknown_type":
        return [""]
    if entry.reason == "unknown_status":
        return [entry.errors[0].message]
    return list(dict.fromkeys(error.path or error.message for error in entry.errors))


# ---------------------------------------------------------------------------------------------------- the ledger
_NOTED = {
    "undocumented_status": "undocumented status",
    "message_drift": "new message",
    "type_mismatch": "other event type",
}


def _recorded(store: Store, since_ms: int, looked: _Looked) -> Iterator[DriftFinding]:
    for partition, records in _records(store, since_ms, looked):
        for row in store.walk(LEDGER, [hashed(partition)], page=looked.page):
            if not looked.another():
                return
            if row.columns["record"] in records and int(row.columns["received"]) >= since_ms:
                yield from _unknown_in(row)


def _records(store: Store, since_ms: int, looked: _Looked) -> Iterator[tuple[str, Collection[str]]]:
    """The keys of the records that were last seen since `since_ms`, by their partition of the ledger, in batches."""
    for kind in catalog.kinds():
        found = queries.fetch(store, queries.newest(store, kind, since_ms, looked.page))
        while batch := list(islice(found, min(READ_ROWS, looked.page()))):
            by_partition: dict[str, set[str]] = {}
            for record in batch:
                by_partition.setdefault(record.partition, set()).add(record.key)
            yield from by_partition.items()


def _unknown_in(row: Row) -> Iterator[DriftFinding]:
    type_, received = str(row.columns["type"]), int(row.columns["received"])
    transition = strict_json.read_object(str(row.columns["transition"]))

    def found(what: str, subject: str) -> DriftFinding:
        return DriftFinding(what, type_, subject, 1, received, received, str(row.columns["record"]))

    anomalies = transition.get("anomalies", ())
    for anomaly in anomalies if isinstance(anomalies, list) else ():
        name, _, note = str(anomaly).partition(":")
        if name in _NOTED:
            yield found(_NOTED[name], _subject(name, note, transition))
    try:
        spec, _ = catalog.find(type_)
    except UnknownTypeError:
        return
    content = strict_json.read_object(str(row.columns["content"]))
    for path in unknown_fields(spec.content, content):
        yield found("new field", path)


def _subject(name: str, note: str, transition: Mapping[str, JsonValue]) -> str:
    if name == "undocumented_status":
        return note.removeprefix("received as ") or str(transition["status"])
    if name == "message_drift":
        detail = transition.get("detail")
        return _as_template(str(detail.get("message", "")) if isinstance(detail, dict) else "") or note
    return note


_VARIES = re.compile(r"\S*[0-9]\S*")


def _as_template(message: str) -> str:
    """The message with %s for each word with digits: a first draft of its template in the catalogue."""
    return _VARIES.sub("%s", normalise(message))[:200]


# -------------------------------------------------------------------------------------------------------- fields
@dataclass(frozen=True, slots=True)
class _Ignored:
    """Documented fields that nothing here needs."""

    source: str
    fields: frozenset[str]


_KUBERNETES = _Ignored(
    "corev1.Event, k8s.io/api/core/v1",
    frozenset(
        {
            *("apiVersion", "kind", "action", "source", "series", "related", "reportingComponent", "reportingInstance"),
            *("involvedObject.apiVersion", "involvedObject.fieldPath", "involvedObject.resourceVersion"),
            *(f"metadata.{name}" for name in ("namespace", "uid", "resourceVersion", "creationTimestamp", "selfLink")),
            *(f"metadata.{name}" for name in ("managedFields", "annotations", "labels", "generation")),
        }
    ),
)


def unknown_fields(model: type[Content], content: Mapping[str, JsonValue]) -> list[str]:
    """Return the paths in `content` that `model` has no field for, in either casing; ignored fields left out."""
    if issubclass(model, ResourceNotice):
        known = {name.lower() for name in model.known_fields()}
        return [given[:1].lower() + given[1:] for given in content if given.lower() not in known]
    ignored = _KUBERNETES.fields if issubclass(model, EciEvent) else frozenset()
    return [path for path in _unknown(model, content, "") if path not in ignored]


def _unknown(model: type[BaseModel], content: Mapping[str, JsonValue], prefix: str) -> Iterator[str]:
    known = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    for given, value in content.items():
        name = given[:1].lower() + given[1:]
        if name not in known:
            yield f"{prefix}{name}"
        elif isinstance(value, dict) and isinstance(inner := known[name], type) and issubclass(inner, BaseModel):
            yield from _unknown(inner, value, f"{prefix}{name}.")
