"""A record as an event of a calendar, for people and, by MAINTNOTE, for programs that plan around maintenance.

MAINTNOTE is a draft of NANOG: an iCalendar event with X-MAINTNOTE-… beside what a calendar shows
(github.com/jda/maintnote-std, standard.md at 076f8ac; the numbers below are its sections). It is made of the columns of
the record's row, so a record that another version wrote is an event as well. Nothing in it depends on the present
moment: the same rows give the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import catalog
from opsledger.catalog import Outcome
from opsledger.catalog.advice import title
from opsledger.console.icalendar import Property, moment, text
from opsledger.errors import UnknownTypeError
from opsledger.ledger import rows
from opsledger.store.tables import unhashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opsledger.ledger.enrichment import Enrichment
    from opsledger.store import Row

PROVIDER: Final = "alibabacloud.com"
"""Section 3.6.1: the trademark or domain of the company that does the maintenance."""
ORGANIZER: Final = 'ORGANIZER;CN="Alibaba Cloud"', "https://www.alibabacloud.com"
"""Section 3.5 wants one. Events name no mailbox of the vendor, so it is a web address."""
ASSUMED_LENGTH_MS: Final = 3_600_000
"""ECS and ECI say when maintenance begins and never when it ends. A reboot takes minutes, a redeployment an hour."""

_STATUSES: Final[dict[str, tuple[str, str]]] = {
    Outcome.PENDING.value: ("CONFIRMED", "CONFIRMED"),
    Outcome.ACTIVE.value: ("CONFIRMED", "IN-PROCESS"),
    Outcome.HAPPENED.value: ("CONFIRMED", "COMPLETED"),
    Outcome.AVERTED.value: ("CANCELLED", "CANCELLED"),
}
"""STATUS (RFC 5545, section 3.8.1.11) and X-MAINTNOTE-STATUS (3.6.6) by the record's outcome."""
_ASKED: Final = "Inquiring"
"""The vendor asks whether it may: the only status that is tentative."""
_NO_WORD: Final = ("CONFIRMED", "")
"""Of what failed: the standard has no word for it, and its status may be left out."""
_IMPACTS: Final = {"critical": "OUTAGE", "warning": "DEGRADED", "info": "NO-IMPACT"}
"""X-MAINTNOTE-IMPACT (3.6.5) by the severity that the vendor gives the type of event."""
_OUTAGE: Final = "OUTAGE"
_OUTAGE_KINDS: Final = frozenset({"preemptible-interruption", "container-group-maintenance"})
"""Kinds that end or restart their resource, whatever the severity of the type that was reported last."""
_TIMES: Final = ("started_at", "not_before", "due", "finished_at", "status_at", "last_seen")
"""The columns that say when it begins, the best first."""
_BEGINS: Final[dict[str, tuple[str, ...]]] = {
    # Of a record without a date, `move_by` is when it should be looked at.
    Outcome.PENDING.value: ("started_at", "not_before", "due", "move_by", "finished_at", "status_at", "last_seen"),
    # Section 3.7.3.1: a canceled event keeps its times. What was executed then is what its owner did instead.
    Outcome.AVERTED.value: ("not_before", "due", "status_at", "last_seen"),
}
"""The same, by the record's outcome, where it is not `_TIMES`."""
_CHANGED: Final = ("last_seen", "overdue_since", "presumed_since", "settled_at")
"""The columns that say when a record changed; `overdue_since` and `presumed_since` are what the sweeper found."""


class EventWindow(NamedTuple):
    """From when to when an event is in the calendar, in ms.

    Attributes:
        assumed: whether only its beginning is known.
    """

    begins: int
    ends: int
    assumed: bool


def event(row: Row, known: Enrichment, t: Callable[..., str]) -> list[Property]:
    """The properties of a record's event.

    Args:
        known: what is known of the record's resource.
        t: translates what people read.
    """
    window = _window(row)
    columns = row.columns
    status, _ = _statuses(row)
    changed = max([0, *(int(columns[name]) for name in _CHANGED if name in columns)])
    own: list[Property] = [
        ("UID", text(unhashed(str(row.key.values[0])))),
        ("SEQUENCE", str(int(columns["revision"]))),
        # Without a METHOD, DTSTAMP is when the event last changed (RFC 5545, section 3.8.7.2).
        ("DTSTAMP", moment(changed)),
        ("LAST-MODIFIED", moment(changed)),
        ("DTSTART", moment(window.begins)),
        ("DTEND", moment(window.ends)),
        ("SUMMARY", text(_summary(row, known, t))),
        ("DESCRIPTION", text("\n".join(_description(row, known, t, assumed=window.assumed)))),
        ("STATUS", status),
        ("TRANSP", "TRANSPARENT"),  # it makes nobody busy
    ]
    return [*own, *_maintnote(row)]


def _window(row: Row) -> EventWindow:
    """When what a record announces takes place, as far as that is known; of what is canceled, when it would have."""
    names = _BEGINS.get(str(row.columns["outcome"]), _TIMES)
    first = next(name for name in names if name in row.columns)
    begins = rows.move_by(row) if first == "move_by" else int(row.columns[first])
    ends = int(row.columns.get("finished_at", 0))
    if ends > begins and "finished_at" in names:
        return EventWindow(begins, ends, assumed=False)
    return EventWindow(begins, begins + ASSUMED_LENGTH_MS, assumed=True)


def _maintnote(row: Row) -> Iterator[Property]:
    columns = row.columns
    yield ORGANIZER
    yield "X-MAINTNOTE-PROVIDER", text(PROVIDER)
    yield "X-MAINTNOTE-ACCOUNT", text(str(columns.get("account") or "unknown"))
    yield "X-MAINTNOTE-MAINTENANCE-ID", text(unhashed(str(row.key.values[0])))
    yield "X-MAINTNOTE-OBJECT-ID", text(str(columns["resource_id"]))
    yield "X-MAINTNOTE-IMPACT", _impact(row)
    _, status = _statuses(row)
    if status:
        yield "X-MAINTNOTE-STATUS", status


def _statuses(row: Row) -> tuple[str, str]:
    if row.columns["status"] == _ASKED:
        return "TENTATIVE", "TENTATIVE"
    return _STATUSES.get(str(row.columns["outcome"]), _NO_WORD)


def _impact(row: Row) -> str:
    """What a program should expect; of a type that the catalogue lacks, what the standard takes for granted."""
    if row.columns["kind"] in _OUTAGE_KINDS:
        return _OUTAGE
    try:
        spec, _ = catalog.find(str(row.columns["type"]))
    except UnknownTypeError:
        return _OUTAGE
    return _IMPACTS[spec.level]


def _summary(row: Row, known: Enrichment, t: Callable[..., str]) -> str:
    type_ = str(row.columns["type"])
    drill = f"[{t('a drill')}] " if known.drill is not None else ""
    what = title(type_) or type_
    return f"{drill}{what}: {known.name or str(row.columns['resource_id'])} ({row.columns['status']!s})"


def _description(row: Row, known: Enrichment, t: Callable[..., str], *, assumed: bool) -> Iterator[str]:
    columns = row.columns
    values = (
        (t("Event"), str(columns["type"])),
        (t("Status"), str(columns["status"])),
        (t("Severity"), t(str(columns.get("severity", "unknown")))),
        (t("Resource"), str(columns["resource_id"])),
        (t("Name"), known.name),
        (t("Owner"), known.owner),
        (t("Region"), str(columns.get("region", ""))),
        (t("Record"), unhashed(str(row.key.values[0]))),
    )
    yield from (f"{label}: {value}" for label, value in values if value)
    if assumed:
        yield t("The end is assumed: one hour after the beginning. The source gives none.")
