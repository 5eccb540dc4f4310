"""Records and their timelines."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from opsctl.cli import display, lookup, terminal
from opsctl.cli.columns import Column
from opsctl.cli.language import t
from opsctl.cli.moments import exact, local, relative
from opsctl.cli.options import OutputForm
from opsctl.cli.render import notes as render_notes
from opsledger import catalog, spreadsheet
from opsledger.errors import UnknownTypeError
from opsledger.ledger import enrichment, state
from opsledger.ledger.enrichment import UNKNOWN, Enrichment
from opsledger.ledger.notes import assignee

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from opsledger.ledger.notes import Note
    from opsledger.ledger.record import Record
    from opsledger.ledger.state import Summary

Summarized = tuple["Record", "Summary", Enrichment]
CSV_COLUMNS = (*spreadsheet.RECORD_COLUMNS, *spreadsheet.KNOWN_COLUMNS)
TABLE_ROWS = 1000
"""Records of one table; a longer listing is printed as several, so that it need not fit into memory."""
SEVERITIES = ("critical", "warning", "info")
NEVER = 10**15
"""Behind every moment, in ms: where a record without a deadline is sorted."""

ORDERS: dict[str, Callable[[Record, Summary], Any]] = {
    "due": lambda _, now: NEVER if now.due is None or not now.is_open else now.due,
    "since": lambda _, now: -(now.status_at or 0),
    "severity": lambda _, now: SEVERITIES.index(now.severity) if now.severity in SEVERITIES else len(SEVERITIES),
    "status": lambda _, now: now.status,
    "type": lambda _, now: now.type,
    "resource": lambda record, _: record.resource_id,
    "region": lambda record, _: record.region or "",
}
"""What `--sort` sorts by."""


def listing(found: Iterable[tuple[Record, Enrichment]], form: OutputForm, sort: str | None = None) -> int:
    """Print the records with what is known of them, and how many there are; return that.

    Args:
        sort: one of `ORDERS`; None prints each as it comes.
    """
    summarized = _summaries(found)
    if sort is not None:
        summarized = iter(sorted(summarized, key=lambda one: ORDERS[sort](*one[:2])))
    counted = _Counted(summarized)
    if form is OutputForm.JSON:
        terminal.emit_each(enrichment.to_json(record, known) for record, _, known in counted)
    elif form is OutputForm.CSV:
        terminal.emit_csv(CSV_COLUMNS, (_flat(record, known) for record, _, known in counted))
    else:
        _tables(counted, wide=form is OutputForm.WIDE)
    return counted.number


def _flat(record: Record, known: Enrichment) -> dict[str, Any]:
    """The record for a row of a spreadsheet."""
    return {
        **enrichment.to_json(record, known),
        "name": known.name,
        "owner": known.owner,
        "drill": known.drill is not None,
    }


class _Counted:
    """The records, counted as they are printed."""

    def __init__(self, summarized: Iterator[Summarized]) -> None:
        self.number = 0
        self._summarized = summarized

    def __iter__(self) -> Iterator[Summarized]:
        for one in self._summarized:
            self.number += 1
            yield one


def _summaries(found: Iterable[tuple[Record, Enrichment]]) -> Iterator[Summarized]:
    """Each record with its summary; one that this version cannot read is named on standard error."""
    for record, known in found:
        try:
            summary = state.summarize(record)
        except LookupError as error:
            terminal.complain(
                t("{record}: its kind, type or status {name} is not in the catalogue", record=record.key, name=error)
            )
            continue
        yield record, summary, known


def _tables(summarized: _Counted, *, wide: bool) -> None:
    rest = iter(summarized)
    while part := list(islice(rest, TABLE_ROWS)):
        if wide:
            _wide_table(part)
        else:
            _table(part)
        if len(part) < TABLE_ROWS:
            break
    terminal.say(t("1 record") if summarized.number == 1 else t("{n} records", n=summarized.number))


def _table(summarized: Sequence[Summarized]) -> None:
    are_open = [now.is_open for _, now, _ in summarized]
    names = lookup.short_names([record for record, *_ in summarized], are_open=are_open)
    rows = [
        (
            name,
            relative(now.due) if now.is_open else "",
            local(now.due) if now.is_open else "",
            now.status,
            now.severity,
            _marked_type(now.type, known),
            record.resource_id,
            known.name,
            known.owner,
            record.region,
            relative(now.status_at),
            relative(now.overdue_since),
            len(now.anomalies) or "",
        )
        for name, (record, now, known) in zip(names, summarized, strict=True)
    ]
    columns = (
        Column(t("Record"), whole=True),
        Column(t("Due"), whole=True, rank=1),
        Column(t("Local time"), whole=True, rank=8),
        Column(t("Status"), minimum=10),
        Column(t("Severity"), whole=True, rank=4),
        Column(t("Type"), keep_end=True),
        Column(t("Resource"), whole=True, rank=3),
        Column(t("Name"), minimum=8, rank=4),
        Column(t("Owner"), minimum=6, rank=5),
        Column(t("Region"), whole=True, rank=6),
        Column(t("Since"), whole=True, rank=5),
        Column(t("Overdue"), whole=True, rank=2),
        Column(t("Anomalies"), whole=True, rank=7),
    )
    terminal.table(columns, rows)


def _wide_table(summarized: Sequence[Summarized]) -> None:
    rows = [
        (
            record.key,
            now.status,
            now.severity,
            _marked_type(now.type, known, short=False),
            record.resource_id,
            known.name,
            known.owner,
            record.region,
            record.account,
            exact(now.status_at),
            exact(now.due) if now.is_open else "",
            exact(now.overdue_since),
            len(now.anomalies) or "",
        )
        for record, now, known in summarized
    ]
    names = (
        "Record",
        "Status",
        "Severity",
        "Type",
        "Resource",
        "Name",
        "Owner",
        "Region",
        "Account",
        "Since",
        "Due",
        "Overdue",
        "Anomalies",
    )
    terminal.table([t(name) for name in names], rows, wide=True)


def short_type(type_: str) -> str:
    """The last part of a type's name, such as `SystemMaintenance.Reboot`."""
    return type_.rpartition(":")[2]


def _marked_type(type_: str, known: Enrichment, *, short: bool = True) -> str:
    """The type, with the word that says that it is a drill."""
    name = short_type(type_) if short else type_
    return name if known.drill is None else t("{type} (drill)", type=name)


def timeline(record: Record, known: Enrichment = UNKNOWN, made: Sequence[Note] = ()) -> None:
    """Print one record: its fields, its transitions in order, the notes on it, and what to do; times are local."""
    for _, now, _ in _summaries([(record, known)]):
        terminal.say(record.key, style="bold")
        for name, value in (*_fields(record, now), *_known_fields(known), (t("assigned to"), assignee(made))):
            if value:
                terminal.say(f"  {name}: {value}")
        _transitions(now)
        if record.truncated:
            terminal.say(t("Older transitions are in the ledger only."))
        render_notes.lines(made)
        _advice(now.type)


def _fields(record: Record, now: Summary) -> Iterator[tuple[str, str | None]]:
    outcome = t("{outcome}, presumed", outcome=now.outcome.value) if now.presumed else now.outcome.value
    yield t("type"), now.type
    yield t("resource"), record.resource_id
    yield t("region"), record.region
    yield t("account"), record.account
    yield t("status"), f"{now.status} ({outcome})"
    yield t("severity"), now.severity
    yield t("not before"), exact(now.not_before)
    yield t("due"), _both(now.due)
    yield t("overdue since"), _both(now.overdue_since)
    yield t("settled by"), record.settled_by
    yield t("settled at"), exact(record.settled_at)


def _known_fields(known: Enrichment) -> Iterator[tuple[str, str | None]]:
    """What is known of the resource, and whether the record is a drill's."""
    if known.drill is not None:
        yield t("drill"), f"{known.drill.by}, {_both(known.drill.at)}"
    resource = known.resource
    if resource is None:
        return
    yield t("name"), resource.name
    yield t("owner"), resource.owner
    yield t("tags"), ", ".join(f"{key}={value}" for key, value in resource.tags.items())
    yield t("zone"), resource.zone
    yield t("instance type"), resource.instance_type
    yield t("resource group"), resource.resource_group
    yield t("known as of"), _both(resource.as_of)


def _both(moment: int | None) -> str:
    return f"{exact(moment)} ({relative(moment)})" if moment is not None else ""


def _transitions(now: Summary) -> None:
    anomalies: dict[str, list[str]] = {}
    for anomaly in now.anomalies:
        anomalies.setdefault(anomaly.key, []).append(f"{anomaly.anomaly}: {anomaly.note}".rstrip(": "))
    rows = [
        (
            local(step.moment) or t("unknown"),
            step.status,
            local(step.started_at),
            local(step.finished_at),
            step.count if step.count > 1 else "",
            ", ".join(f"{name} {text}" for name, text in step.detail.items()),
            ", ".join(note.partition(":")[0] for note in anomalies.get(step.key, ())),
        )
        for step in now.transitions
    ]
    columns = (
        Column(t("Local time"), whole=True),
        Column(t("Status"), whole=True),
        Column(t("Started"), whole=True, rank=3),
        Column(t("Finished"), whole=True, rank=2),
        Column(t("Times"), whole=True, rank=1),
        Column(t("Detail"), rank=4),
        Column(t("Anomalies"), rank=5),
    )
    terminal.table(columns, rows)
    for note in dict.fromkeys(note for notes in anomalies.values() for note in notes):
        terminal.say("  " + t("anomaly {note}", note=note))


def _advice(type_: str) -> None:
    """What to do about a type; nothing if the catalogue lacks it."""
    try:
        spec, _ = catalog.find(type_)
    except UnknownTypeError:
        return
    from opsctl.cli.render import catalog as render_catalog

    render_catalog.what_to_do(spec, display.current().language)
