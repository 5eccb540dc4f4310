"""What arrived that the catalogue does not know, as a to-do list for it.

Three sources, none of which the hot path pays for. The quarantine has what was refused. The ledger has the oddities
that were noted when a content was read, and the contents themselves: fields that no model knows are looked for there,
in what was received in the period asked for. So the report depends on what arrived, not on the order it came in.
Records are walked newest first and no further back than the period, the ledger by the partitions of their resources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from opsctl import quarantine
from opsledger import catalog, strict_json, timestamps
from opsledger.catalog.eci.content import EciEvent
from opsledger.errors import UnknownTypeError
from opsledger.store import READ_ROWS
from opsledger.store.tables import BY_KIND, LEDGER, hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from opsledger.catalog.content import Content
    from opsledger.ledger.quarantine import Quarantined
    from opsledger.store import Key, Row, Store

REMEDIES = {
    "new type": "add a row to the catalogue and a sample, then replay `--reason unknown_type`",
    "new status": "add it to the lifecycle, then replay `--reason unknown_status`",
    "field refused": "compare the content model with the vendor's page, then replay `--reason malformed_content`",
    "undocumented status": "add it to the type's statuses if the vendor documents it by now",
    "new message": "add the wording to the reason's templates, then `rebuild --from-content`",
    "other event type": "the catalogue has it as Normal or Warning, the service as the other",
    "new field": "add it to the content model, or to the fields that are passed over",
}
"""What there is to do about each finding, in the order of the report."""


class Finding(NamedTuple):
    """One thing the catalogue does not know.

    Attributes:
        what: one of `REMEDIES`.
        told: the status, field or message.
        seen: deliveries of what was refused; distinct notifications of what was recorded.
        first and last: when it was received, in ms.
        example: the digest of a refused payload, or the record.
    """

    what: str
    type: str
    told: str
    seen: int
    first: int
    last: int
    example: str

    def to_json(self) -> dict[str, str | int]:
        """For `--json`."""
        moments = {"first": timestamps.show(self.first), "last": timestamps.show(self.last)}
        return {**self._asdict(), **moments, "todo": REMEDIES[self.what]}


def report(store: Store, since_ms: int) -> list[Finding]:
    """Everything unknown that was received since then, the most frequent first within each kind of finding."""
    gathered: dict[tuple[str, str, str], Finding] = {}
    for one in (*_refused(store, since_ms), *_recorded(store, since_ms)):
        key = (one.what, one.type, one.told)
        gathered[key] = _together(gathered[key], one) if key in gathered else one
    rank = list(REMEDIES).index
    return sorted(gathered.values(), key=lambda f: (rank(f.what), -f.seen, f.type, f.told))


def _together(one: Finding, other: Finding) -> Finding:
    return one._replace(
        seen=one.seen + other.seen,
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        example=min(one.example, other.example),
    )


# ---------------------------------------------------------------------------------------------- the quarantine
_REFUSED = {"unknown_type": "new type", "unknown_status": "new status", "malformed_content": "field refused"}


def _refused(store: Store, since_ms: int) -> Iterator[Finding]:
    for entry in quarantine.entries(store, tuple(_REFUSED)):
        if entry.last_received >= since_ms:
            for told in _told(entry):
                yield Finding(
                    _REFUSED[entry.reason],
                    entry.type or "(no envelope)",
                    told,
                    entry.count,
                    entry.first_received,
                    entry.last_received,
                    entry.digest,
                )


def _told(entry: Quarantined) -> list[str]:
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


def _recorded(store: Store, since_ms: int) -> Iterator[Finding]:
    partitions = dict.fromkeys(p for kind in catalog.kinds() for p in _partitions(store, kind, since_ms))
    for partition in partitions:
        for row in store.walk(LEDGER, [hashed(partition)]):
            if int(row.columns["received"]) >= since_ms:
                yield from _odd(row)


def _partitions(store: Store, kind: str, since_ms: int) -> Iterator[str]:
    """The ledger's partitions of the records of one kind that something was seen of since then."""
    keys: list[Key] = []
    for row in store.walk(BY_KIND, [kind], reverse=True):
        if int(row.columns["last_seen"]) < since_ms:
            break
        keys.append(row.key)
    for start in range(0, len(keys), READ_ROWS):
        for row in store.read(keys[start : start + READ_ROWS]).values():
            yield ":".join(str(row.columns[name]) for name in ("product", "resource_type", "resource_id"))


def _odd(row: Row) -> Iterator[Finding]:
    type_, received = str(row.columns["type"]), int(row.columns["received"])
    transition = strict_json.read(str(row.columns["transition"]))

    def found(what: str, told: str) -> Finding:
        return Finding(what, type_, told, 1, received, received, str(row.columns["record"]))

    for anomaly in transition.get("anomalies", ()):
        name, _, note = str(anomaly).partition(":")
        if name in _NOTED:
            yield found(_NOTED[name], _subject(name, note, transition))
    try:
        spec, _ = catalog.find(type_)
    except UnknownTypeError:
        return
    content = strict_json.read(str(row.columns["content"]))
    for path in unknown_fields(spec.content, content):
        yield found("new field", path)


def _subject(name: str, note: str, transition: Mapping[str, Any]) -> str:
    if name == "undocumented_status":
        return str(transition["status"])
    if name == "message_drift":
        return _as_template(str(transition.get("detail", {}).get("message", ""))) or note
    return note


_VARIES = re.compile(r"\S*[0-9]\S*")


def _as_template(message: str) -> str:
    """A message with holes where words have digits: about what its row in the catalogue will say."""
    return _VARIES.sub("%s", message)[:200]


# -------------------------------------------------------------------------------------------------------- fields
@dataclass(frozen=True, slots=True)
class _PassedOver:
    """Fields that are documented and that nothing here needs."""

    source: str
    fields: frozenset[str]


_KUBERNETES = _PassedOver(
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


def unknown_fields(model: type[Content], content: Mapping[str, Any]) -> list[str]:
    """The paths in `content` that `model` has no field for, in either casing, and that are not passed over."""
    passed_over = _KUBERNETES.fields if issubclass(model, EciEvent) else frozenset()
    return [path for path in _unknown(model, content, "") if path not in passed_over]


def _unknown(model: type[BaseModel], content: Mapping[str, Any], prefix: str) -> Iterator[str]:
    known = {info.alias or name: info.annotation for name, info in model.model_fields.items()}
    for given, value in content.items():
        name = given[:1].lower() + given[1:]
        if name not in known:
            yield f"{prefix}{name}"
        elif isinstance(value, dict) and isinstance(inner := known[name], type) and issubclass(inner, BaseModel):
            yield from _unknown(inner, value, f"{prefix}{name}.")
