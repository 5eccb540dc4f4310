"""The invariants: what must hold after every schedule, whatever faults were injected. Each has a name and a few lines.

`baseline` is the result of the same events, delivered once each, in order and without faults. `reference` is a model
that shares no code with the pipeline.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulation import eci_api, notified, operators, reference, settlements
from tests.simulation.schedule import NOTIFY, DeliveryJob
from tests.simulation.workload import NOW_MS

from opsledger import catalog
from opsledger.catalog import Outcome
from opsledger.catalog.eci.kinds import GROUP_STATE
from opsledger.eci_poller import observation
from opsledger.eci_poller.observation import STATE_TYPE
from opsledger.ledger.quarantine import read_quarantined
from opsledger.ledger.rows import read_ledger, read_record, record_columns
from opsledger.ledger.state import Disposition
from opsledger.store.tables import unhashed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tests.simulation.run import RunResult

    from opsledger.ledger.record import Record
    from opsledger.store import Row, Value

WRITE_COLUMNS = ("revision", "writer")
"""Columns that depend on how often and by whom a row was written."""
ENVELOPE_COLUMNS = ("envelope_id", "source", "subject", "instance_name", "level", "sent_at", "published_at", "cluster")
ARRIVAL_COLUMNS = ("received", "request_id", "form", "content", *ENVELOPE_COLUMNS)
"""Columns that depend on how and when a notification arrived."""
NOTIFY_AT = "notify_at"
"""By when people are notified: when the first step that they may want to know of was received."""
RECEIPT = re.compile(r'"received_at":(\d+),?')
"""In a stored state, when a transition was received."""
COUNT_COLUMNS = ("count", "first_received", "last_received")
MARKS = ("overdue_at", "settled_by", "settled_at")
"""What a sweep finds of a record: no part of the join."""
NEW = (Disposition.RECORDED, Disposition.OUT_OF_ORDER)


class Violation(NamedTuple):
    """A statement of what is wrong."""

    invariant: str
    what: str


@dataclass
class Comparison:
    """The result of a schedule and what it is compared with."""

    result: RunResult
    baseline: RunResult

    @cached_property
    def expected(self) -> Mapping[str, reference.ExpectedRecord]:
        """The records of the reference model, by key."""
        return reference.records(self.result.schedule.facts, self.receipts)

    @cached_property
    def receipts(self) -> Mapping[tuple[str, str], int]:
        """Record key and status → when the undated transition of that status was received, as it is stored.

        `undated_steps_dated_by_receipt` checks these moments.
        """
        return {
            (key, step["status"]): step["received_at"]
            for key, steps in self.transitions.items()
            for step in steps
            if "at" not in step
        }

    @cached_property
    def dated_by_receipt(self) -> frozenset[str]:
        """The records with a transition that only its receipt dates: they differ between schedules."""
        return frozenset(key for key, _ in self.receipts)

    @cached_property
    def dated_by_poll(self) -> frozenset[str]:
        """The records that the poller dates by its own clock: they differ between schedules."""
        return frozenset(f"{GROUP_STATE.record_prefix}:{group}" for group in self.result.groups)

    @cached_property
    def marked_otherwise(self) -> frozenset[str]:
        """The records whose mark may differ from the baseline's; see `settlements.marked_otherwise`."""
        return settlements.marked_otherwise(self)

    @cached_property
    def delivered_quarantine(self) -> list[Row]:
        """The quarantine without the unknown statuses that a poll found."""
        return [row for row in self.result.rows["quarantine"] if not _polled_group(row, self.result.groups)]

    @cached_property
    def records(self) -> dict[str, Row]:
        """The rows of the records, by record key."""
        found = {unhashed(str(row.key.values[0])): row for row in self.result.rows["records"]}
        return {key: row for key, row in found.items() if key != operators.FOREIGN_RECORD}

    @cached_property
    def transitions(self) -> dict[str, list[dict[str, Any]]]:
        """The stored transitions of each record, by record key."""
        return {key: json.loads(str(row.columns["state"]))["transitions"] for key, row in self.records.items()}


def check(result: RunResult, baseline: RunResult) -> list[Violation]:
    """All violations in `result`."""
    comparison = Comparison(result, baseline)
    return [Violation(name, what) for name, invariant in INVARIANTS.items() for what in invariant(comparison)]


def records_ignore_order(c: Comparison) -> Iterator[str]:
    """A record depends only on the set of notifications: it equals the reference model's and the baseline's."""
    for key, expected in c.expected.items():
        if key in c.records and key not in c.dated_by_poll:
            columns = c.records[key].columns
            statuses = tuple(step["status"] for step in c.transitions[key])
            found = {**{name: columns.get(name) for name in expected._fields}, "statuses": statuses}
            if found != expected._asdict():
                yield f"{key}: {_differences(found, expected._asdict())}"
    skipped = c.dated_by_poll | c.dated_by_receipt | c.marked_otherwise
    mine, baseline = (_by_key(r.rows["records"], (*WRITE_COLUMNS, NOTIFY_AT), skipped) for r in (c.result, c.baseline))
    yield from (f"{key}: {_differences(mine.get(key, {}), baseline.get(key, {}))}" for key in _unequal(mine, baseline))


def records_match_ledger(c: Comparison) -> Iterator[str]:
    """Joining the ledger rows of a record gives the record, and neither table has a row without the other."""
    ledger: dict[str, list[Record]] = {}
    for row in c.result.rows["ledger"]:
        ledger.setdefault(str(row.columns["record"]), []).append(read_ledger(row))
    for key in sorted(ledger.keys() ^ c.records.keys()):
        yield f"{key} is only in the {'ledger' if key in ledger else 'records'}"
    for key in sorted(ledger.keys() & c.records.keys()):
        row = c.records[key]
        stored, joined = read_record(row), reduce(lambda one, other: one.join(other), ledger[key])
        joined = joined._replace(**{name: getattr(stored, name) for name in MARKS})  # the ledger has none
        # The ledger has one delivery of each content and the record all that were written to it: either may know of an
        # earlier one, where an invocation died between the two.
        both = joined.with_arrivals(stored)._replace(notify_at=stored.notify_at)
        if both != stored.with_arrivals(joined):
            yield f"{key}: {_differences(record_columns(stored), record_columns(both))}"
        locking = {name: row.columns[name] for name in WRITE_COLUMNS}
        if (columns := {**record_columns(stored), **locking}) != row.columns:
            yield f"{key} has stale columns: {_differences(row.columns, columns)}"


def worth_knowing_is_due(c: Comparison) -> Iterator[str]:
    """A record with a step that people may want to know of is due for the notifier, and no other record is."""
    for key, row in c.records.items() if not c.result.schedule.notifiers else ():
        record = read_record(row)
        lifecycle, steps = record.catalog_kind().lifecycle, record.transitions.values()
        wanted = any(t.severity != "info" or lifecycle.outcome(t.status) is not Outcome.NOTED for t in steps)
        due, optional = record.notify_at is not None, record.truncated if not wanted else key in c.result.schedule.moved
        if wanted != due and not optional:
            yield f"{key}: due for the notifier at {record.notify_at}"


def transitions_stored_once(c: Comparison) -> Iterator[str]:
    """A record holds each transition once, and at most one delivery of it is answered as new."""
    for key, expected in c.expected.items():
        found = c.transitions.get(key, [])
        keys = [step["key"] for step in found]
        if key not in c.dated_by_poll and (len(found) > len(expected.statuses) or len(set(keys)) < len(keys)):
            yield f"{key} has {len(found)} transitions, expected {len(expected.statuses)}"
    facts = Counter(reference.identity(fact) for fact in c.result.schedule.facts)
    for (transition, _), answers in _answers_as_new(c).items():
        # A record that keeps its newest transitions does not know the older ones again.
        forgets = transition[0] in c.records and read_record(c.records[transition[0]]).truncated
        if answers > facts[transition] and transition[0] not in c.dated_by_poll and not forgets:
            yield f"{answers} deliveries of {transition} were answered as new"


def terminal_status_kept(c: Comparison) -> Iterator[str]:
    """A record leaves a terminal status only by a move that its lifecycle declares."""
    for key, steps in c.transitions.items():
        lifecycle = catalog.kinds()[str(c.records[key].columns["kind"])].lifecycle
        believed = [step for step in steps if not _is_absurd(step)] or steps
        current, suspended = believed[0]["status"], ""
        for step in believed[1:]:
            status = step["status"]
            ended = not lifecycle.moves[current] or current in lifecycle.ends
            if current in lifecycle.suspended_by.get(status, ()) or status in lifecycle.suspended_by.get(current, ()):
                suspended = "perhaps"  # the record may return to what was announced: the reference model knows
            declared = status == current or status in lifecycle.moves[current] or status in lifecycle.reopens
            current = status if declared or not ended else current
        stored = str(c.records[key].columns["status"])
        if stored != current and not suspended:
            yield f"{key} left {current} for {stored}: {' → '.join(step['status'] for step in steps)}"


def _is_absurd(step: Mapping[str, Any]) -> bool:
    return "at" in step and abs(step["at"] - NOW_MS) > reference.ABSURD_MS


def deliveries_accounted_for(c: Comparison) -> Iterator[str]:
    """Every event is recorded or quarantined with its exact bytes, and no invocation raises a forbidden exception."""
    jobs = {job.number: job for job in c.result.schedule.jobs}
    for invocation in c.result.invocations:
        if invocation.ended not in ("ok", "failed", "crashed"):
            yield f"job {invocation.job} {invocation.ended}"
        job = jobs[invocation.job]
        if invocation.ended == "ok" and isinstance(job, DeliveryJob):
            yield from _wrong_answers(job, [entry.disposition for entry in invocation.entries])
    yield from (f"{key} was delivered but has no record" for key in c.expected.keys() - c.records.keys())
    for key, expected in c.expected.items():
        missing = Counter(expected.statuses) - Counter(step["status"] for step in c.transitions.get(key, []))
        if missing:
            yield f"{key} lacks {', '.join(missing)}"
    yield from _wrong_quarantine(c)
    yield from _never_answered_as_new(c)


def undated_steps_dated_by_receipt(c: Comparison) -> Iterator[str]:
    """What has no moment of its own is dated by its first receipt: not after it was acknowledged, nor by any other."""
    jobs = {job.number: job for job in _deliveries(c)}
    received: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for invocation in c.result.invocations:
        for event in jobs[invocation.job].events if invocation.job in jobs else ():
            if not event.fact.dated and not event.reason:
                identity = reference.identity(event.fact)[0], event.fact.status
                received.setdefault(identity, []).append((invocation.received_at, invocation.ended == "ok"))
    for identity, moments in received.items():
        stored = c.receipts.get(identity)
        acknowledged = min((moment for moment, ok in moments if ok), default=None)
        if stored not in [moment for moment, _ in moments] or (acknowledged is not None and stored > acknowledged):
            yield f"{identity} is dated {stored}, but was received at {moments}"


def faults_change_nothing(c: Comparison) -> Iterator[str]:
    """Ledger, records and quarantine are the same as without faults, except for columns about the arrival."""
    ignored_columns = {
        "ledger": ARRIVAL_COLUMNS,
        "records": (*WRITE_COLUMNS, NOTIFY_AT),
        "quarantine": (*WRITE_COLUMNS, *COUNT_COLUMNS, "replays", NOTIFY_AT),
    }
    for table, names in ignored_columns.items():
        skipped = c.dated_by_poll | (c.dated_by_receipt | c.marked_otherwise if table == "records" else frozenset())
        rows = c.delivered_quarantine if table == "quarantine" else c.result.rows[table]
        mine, baseline = (_by_key(r, names, skipped) for r in (rows, c.baseline.rows[table]))
        for key in _unequal(mine, baseline):
            yield f"{table} {key}: {_differences(mine.get(key, {}), baseline.get(key, {}))}"


def polled_states_recorded_once(c: Comparison) -> Iterator[str]:
    """The polled states of a container group are among those that it had, in order, each once; the last is its last."""
    refused = Counter(_polled_group(row, c.result.groups) for row in c.result.rows["quarantine"])
    for group, history in c.result.groups.items():
        steps = c.transitions.get(f"{GROUP_STATE.record_prefix}:{group}", [])
        steps = sorted((s for s in steps if s["type"] == STATE_TYPE), key=lambda step: step["at"])
        states = [step["status"] for step in steps if step["at"] >= NOW_MS]  # earlier ones were delivered
        known = {step["status"] for step in steps} | ({eci_api.UNKNOWN_STATUS} if refused[group] else set())
        unknown = history.count(eci_api.UNKNOWN_STATUS)
        if not _is_subsequence(states, history):
            yield f"{group} had {' → '.join(history)}, and {' → '.join(states)} is recorded"
        if history[-1] not in known and (history[-1] != eci_api.VANISHED or not _may_vanish(states)):
            yield f"{group} is {history[-1]} now, and {' → '.join(states)} is recorded"
        if refused[group] > unknown:
            yield f"{group} had an unknown status {unknown} times, and it was quarantined {refused[group]} times"


def acknowledged_kept(c: Comparison) -> Iterator[str]:
    """Once a delivery is acknowledged, no write to its record leaves its transition out, not even for a while."""
    yield from c.result.undone


INVARIANTS: Mapping[str, Callable[[Comparison], Iterator[str]]] = {
    "records do not depend on delivery order": records_ignore_order,
    "records match the ledger": records_match_ledger,
    "what people may want to know is due": worth_knowing_is_due,
    "a record is settled by what ended it": settlements.settled_as_deserved,
    "each transition is stored once": transitions_stored_once,
    "a terminal status is kept": terminal_status_kept,
    "every delivery is accounted for": deliveries_accounted_for,
    "an acknowledged transition is never undone": acknowledged_kept,
    "what is undated is dated by its first receipt": undated_steps_dated_by_receipt,
    "faults do not change what is stored": faults_change_nothing,
    "polled states are recorded once": polled_states_recorded_once,
    "each notification is sent or refused": notified.sent_or_refused,
    "a notification is repeated only when unsure": notified.repeated_only_when_unsure,
    "no channel gets too much": notified.never_flooded,
}
SAME_TRACE = "the same seed gives the same trace"
"""This invariant compares two runs: the seed decides everything that happens and every byte that is stored."""


# ---------------------------------------------------------------------------------------------------- details
def _polled_group(row: Row, groups: Iterable[str]) -> str:
    """The container group whose unknown status a quarantine row has; an empty text if it has none."""
    payload = read_quarantined(row).payload.decode(errors="replace")
    return next((g for g in groups if eci_api.UNKNOWN_STATUS in payload and f'"containerGroupId":"{g}"' in payload), "")


def _is_subsequence(states: Sequence[str], history: Sequence[str]) -> bool:
    rest = iter(history)
    return all(state in rest for state in states)


def _may_vanish(states: Sequence[str]) -> bool:
    """Whether a group may be gone without having vanished: it was never seen, or it had ended."""
    return not states or observation.ended(states[-1])


def _wrong_answers(job: DeliveryJob, dispositions: list[Disposition]) -> Iterator[str]:
    if len(dispositions) != len(job.events):
        yield f"delivery {job.number} has {len(job.events)} events and {len(dispositions)} answers"
        return
    for event, disposition in zip(job.events, dispositions, strict=True):
        if (disposition is Disposition.QUARANTINED) is not bool(event.reason):
            yield f"delivery {job.number}: {event.describe()} was answered as {disposition.value}"


def _wrong_quarantine(c: Comparison) -> Iterator[str]:
    entries = {e.payload: e for e in map(read_quarantined, c.delivered_quarantine)}
    reasons = {event.text.encode(): event.reason for event in c.result.schedule.events if event.reason}
    for payload in sorted(reasons.keys() ^ entries.keys()):
        where = "not in" if payload in reasons else "in"
        yield f"{payload[:80]!r} is {where} quarantine"
    for payload in sorted(reasons.keys() & entries.keys()):
        entry = entries[payload]
        fewest, most = _expected_count(c, payload)
        if entry.reason != reasons[payload] or not fewest <= entry.count <= most:
            yield f"{payload[:80]!r}: reason {entry.reason}, count {entry.count}, expected {fewest} to {most}"


def _expected_count(c: Comparison, payload: bytes) -> tuple[int, float]:
    """The least and the most that the count of a refused payload may be: by acknowledgement and by attempt."""
    occurrences = {j.number: [e.text.encode() for e in j.events].count(payload) for j in _deliveries(c)}
    invocations = [i for i in c.result.invocations if occurrences.get(i.job)]
    most = sum(occurrences[i.job] for i in invocations)
    # After a lost reply, the row's writer tells whether the write landed. If another delivery of the same payload was
    # counted or replayed in between, the writer is another one and the payload may be counted again.
    concurrent = not c.result.schedule.tools.isdisjoint(("replay", NOTIFY)) or (
        c.result.schedule.workers > 1 and sum(map(bool, occurrences.values())) > 1
    )
    uncertain = concurrent and any("lost" in f or "flight" in f for i in invocations for f in i.faults)
    # What version 0.1 counts when the entry has been moved is not counted in the new table.
    fewest = sum(occurrences[i.job] for i in invocations if i.ended == "ok" and not i.old)
    return max(1, fewest), float("inf") if uncertain else most


def _answers_as_new(c: Comparison) -> Counter[tuple[reference.TransitionId, bool]]:
    """How many deliveries of each transition were answered as new, by this version and by 0.1, which has its tables."""
    jobs = {job.number: job for job in _deliveries(c)}
    answers: Counter[tuple[reference.TransitionId, bool]] = Counter()
    for invocation in c.result.invocations:
        job = jobs.get(invocation.job)
        if job is not None and invocation.ended == "ok" and len(invocation.entries) == len(job.events):
            for event, entry in zip(job.events, invocation.entries, strict=True):
                answers[reference.identity(event.fact), invocation.old] += entry.disposition in NEW and not event.reason
    return answers


def _never_answered_as_new(c: Comparison) -> Iterator[str]:
    """Where one handler ran alone and every invocation was acknowledged, some delivery of each fact must be new."""
    undisturbed = c.result.schedule.workers == 1 and all(i.ended == "ok" for i in c.result.invocations)
    if undisturbed and len(_deliveries(c)) == len(c.result.schedule.jobs):
        answers = _answers_as_new(c)
        for fact in c.result.schedule.facts:
            if not answers[reference.identity(fact), False]:
                yield f"no delivery of {fact.describe()} was answered as new"


def _deliveries(c: Comparison) -> list[DeliveryJob]:
    return [job for job in c.result.schedule.jobs if isinstance(job, DeliveryJob)]


def _by_key(rows: list[Row], ignored: tuple[str, ...], skipped: frozenset[str]) -> dict[str, dict[str, Value]]:
    return {
        str(row.key.values): {n: _timeless(n, value) for n, value in row.columns.items() if n not in ignored}
        for row in rows
        if str(row.columns.get("record") or unhashed(str(row.key.values[0]))) not in skipped
    }


def _timeless(column: str, value: Value) -> Value:
    """A value; of a record's state without when its transitions were received."""
    return RECEIPT.sub("", value) if column == "state" and isinstance(value, str) else value


def _unequal(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    return [] if one == other else sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    names = [name for name in {**found, **expected} if found.get(name) != expected.get(name)]
    return "; ".join(f"{name} is {found.get(name)!r}, expected {expected.get(name)!r}" for name in names)
