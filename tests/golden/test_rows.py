"""Every row and payload of version 0.1.0 is read and understood as it was: see README.md beside this file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.golden.stored import (
    GONE_COLUMNS,
    KEYS_OF_THEN,
    NEW_COLUMNS,
    REASONS,
    RECEIVED_MS,
    different,
    filled,
    golden_rows,
    ledger_again,
    lines,
    payloads,
    quarantine_again,
    record_again,
    renewed_key,
    understood_as,
)

from opsctl import quarantine
from opsledger.intake.understand import Refused, understand
from opsledger.ledger import former
from opsledger.ledger.notification import Notification
from opsledger.ledger.rows import ledger_put, read_ledger, read_record
from opsledger.store import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsledger.ledger.record import Record


def test_the_folder_has_what_it_should() -> None:
    """The golden rows have every table and every special case that later code must go on reading."""
    rows = golden_rows()
    assert {name: len(own) for name, own in rows.items()} == {
        "ledger": 664,
        "records": 276,
        "quarantine": 13,
        "cursors": 4,
    }
    states = [json.loads(str(row.columns["state"])) for row in rows["records"].values()]
    assert any(state["truncated"] and len(state["transitions"]) == 100 for state in states)
    assert any(len(state.get("also", ())) == 2 for state in states)
    for column in ("overdue_since", "presumed_since"):
        assert any(column in row.columns for row in rows["records"].values()), column
    heads = [row for row in rows["quarantine"].values() if row.key.values[1] == 0]
    assert {str(row.columns["reason"]) for row in heads} == {*REASONS, "resolved:unknown_type"}
    assert any(row.columns["parts"] == 2 for row in heads)


def test_every_payload_is_understood_the_same() -> None:
    """Record, status, moment, owner and form of every sample are what they were, and so is every refusal."""
    understood_lines = lines("understood.jsonl.xz")
    assert len(understood_lines) == len(payloads()) > 600
    wrong = {}
    for line in understood_lines:
        expected = [{n: v for n, v in one.items() if n not in KEYS_OF_THEN} for one in line["found"]]
        expected = [one if "refused" not in one else old for one, old in zip(expected, line["found"], strict=True)]
        found = understood_as(payloads()[line["sha256"]])
        if found != expected:
            wrong[line["sha256"]] = [
                different(old, new) for old, new in zip(expected, found, strict=False) if old != new
            ] or f"{len(expected)} deliveries were understood, now {len(found)}"
    assert not wrong, f"{len(wrong)} payloads are understood otherwise, the first: {next(iter(wrong.items()))}"


def test_every_stored_step_is_known_again() -> None:
    """The key that a stored transition gets as it is read is that of the same event received now.

    Where the row has no content and the key needs a value that was not stored, the event says which key it had.
    """
    by_former = 0
    for line in lines("understood.jsonl.xz"):
        for old, new in zip(line["found"], understand(payloads()[line["sha256"]], RECEIVED_MS), strict=True):
            if isinstance(new, Refused):
                continue
            assert renewed_key(old["kind"], old["written"], new.content) == new.transition.key, old
            if renewed_key(old["kind"], old["written"], "") != new.transition.key:
                assert (old["kind"], former.present_keys([new])) == (
                    "system-event",
                    {old["transition"]: new.transition.key},
                )
                assert new.transition.status not in ("Inquiring", "Scheduled")
                by_former += 1
    assert by_former > 100


def ends_are_tied(record: Record) -> bool:
    """Whether several ends are of the last moment."""
    moves = record.catalog_kind().lifecycle.moves
    ends = [t.moment or 0 for t in record.transitions.values() if not moves[t.status]]
    return ends.count(max(ends)) > 1


DEADLINE = {"not_before", "due"}
TIED = {"status", "type", "severity", "outcome"}


def test_a_record_is_written_as_it_was_read() -> None:
    """Every stored record is read, and written again gives the same columns but where the rules have changed.

    An ended event keeps the deadline of its announcement, not that of its end. Of two ends at one moment the later in
    the lifecycle's table counts, not the one with the greater key. One id for several resources is an anomaly.
    """
    changed: list[frozenset[str]] = []
    for row in golden_rows()["records"].values():
        again = {name: value for name, value in record_again(row).items() if value is not None}
        old = {name: value for name, value in row.columns.items() if name not in GONE_COLUMNS}
        assert all(type(again[name]) is type(value) for name, value in old.items()), row.key.values
        assert read_record(Row(row.key, again)) == read_record(row)
        names = different(old, again).keys() - {"state"} - NEW_COLUMNS
        if names <= DEADLINE:
            assert not names or row.columns["terminal"]
        elif names <= DEADLINE | TIED | {"anomalies"} and names & TIED:
            assert ends_are_tied(read_record(row))
        else:
            assert names == {"anomalies"}
            assert read_record(row).also
        changed.append(frozenset(names))
    assert [changed.count(frozenset(names)) for names in ((), DEADLINE, {"anomalies"})] == [258, 11, 1]


@pytest.mark.parametrize(("table", "again"), [("ledger", ledger_again), ("quarantine", quarantine_again)])
def test_a_row_is_written_as_it_was_read(table: str, again: Callable[[Row], Mapping[str, Any]]) -> None:
    """Every stored row is read, and written again gives the very same columns."""
    for row in golden_rows()[table].values():
        if table == "quarantine" and row.key.values[1] != 0:
            continue  # the rest of a payload has no facts of its own
        found = {n: value for n, value in again(row).items() if value is not None and n not in NEW_COLUMNS}
        old = {name: value for name, value in row.columns.items() if name not in NEW_COLUMNS | GONE_COLUMNS}
        kept = {name: old[name] for name in found if name in old}
        assert not different(kept, found), row.key.values
        assert all(type(found[name]) is type(value) for name, value in kept.items()), row.key.values
        rest = old.keys() - found.keys()
        assert (
            rest
            <= {
                "ledger": {"transition", "content", "form", "received", "request_id"},
                "quarantine": {"size", "parts", "bytes"},
            }[table]
        ), row.key.values


def test_a_ledger_row_reads_as_its_payload() -> None:
    """Every ledger row that a payload wrote gives the transition that the payload gives now."""
    made: dict[tuple[str, str], dict[str, Notification]] = {}
    for payload in payloads().values():
        for item in understand(payload, RECEIVED_MS):
            if isinstance(item, Notification):
                made.setdefault((item.record.key, item.content), {})[item.transition.key] = item
    compared = 0
    for row in golden_rows()["ledger"].values():
        by_key = made.get((str(row.columns["record"]), str(row.columns["content"])))
        if by_key is not None:
            (stored,) = read_ledger(row).transitions.values()
            now = by_key[stored.key]
            assert stored.join(now.transition)._replace(issued_at=None) == stored._replace(issued_at=None)
            assert ledger_put(now, "").key.values[0] == row.key.values[0]
            compared += 1
    assert compared > 500


def test_a_quarantined_payload_is_whole() -> None:
    """Every quarantined payload is found by its digest with its exact bytes, one in two parts among them."""
    store = filled()
    digests = [str(key.values[0])[5:] for key in golden_rows()["quarantine"] if key.values[1] == 0]
    entries = [quarantine.find(store, digest) for digest in digests]
    refused = {
        found["digest"] for line in lines("understood.jsonl.xz") for found in line["found"] if "refused" in found
    }
    resolved = [entry for entry in entries if entry.resolved is not None]
    assert [entry.became[0][0] for entry in resolved] == ["recorded"]
    assert {entry.digest for entry in entries if entry.resolved is None} == refused
    assert max(len(entry.payload) for entry in entries) == 1_800_000
    for entry in entries:
        found = understood_as(entry.payload)
        if entry.resolved is None:
            assert (found[0]["refused"], found[0]["digest"]) == (entry.reason, entry.digest)
