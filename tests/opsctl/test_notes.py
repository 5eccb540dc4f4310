"""Notes on records: rows of their own that no event touches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsctl import notes
from opsctl.backup_lines import BackupError, line_of, read_line, row_line
from opsctl.errors import WrongUsageError
from opsctl.rebuild import Which, rebuild
from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.ledger.notes import Note, assignee, newest, of_record
from opsledger.store.tables import NOTES

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, PipelineHarness

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "a note says something"),
    "an empty comment": ({"comment": " \t"}, "a note says something"),
    "nobody": ({"by": " ", "acknowledged": True}, "a note has an author"),
    "a long name": ({"by": "x" * 201, "acknowledged": True}, "--by has at most 200"),
    "a long assignee": ({"assigned_to": "x" * 201}, "--assign has at most 200"),
    "a long comment": ({"comment": "x" * 10_001}, "--comment has at most 10000"),
    "half a pair": ({"comment": "\udcff"}, "--comment is not text"),
}


def made(record: str, now_ms: int, **said: Any) -> Note:
    """A note by ann that says nothing unless it is given."""
    return notes.made(record, now_ms, **{"by": "ann", "acknowledged": False, "assigned_to": "", "comment": "", **said})


def add(harness: PipelineHarness, note: Note) -> None:
    """Write a note."""
    notes.add(harness.store, note, Deadline(harness.clock, 10), "person")


def test_notes_are_read_in_their_order(any_harness: PipelineHarness, event: MakeEvent) -> None:
    """Those of one moment all count, another record has none of them, and the newest assignment counts."""
    any_harness.process([event(REBOOT, "Scheduled"), event(REBOOT, "Scheduled", seed="b")])
    one, other = any_harness.records()
    now = any_harness.clock.now_ms()
    said = [
        made(one, now, assigned_to="bob"),
        made(one, now + 1, assigned_to="cy"),
        made(one, now + 1, comment="known"),
    ]
    for note in reversed(said):
        add(any_harness, note)

    found = of_record(any_harness.store, one)

    assert sorted(found, key=lambda note: note.id) == sorted(said, key=lambda note: note.id)
    assert [note.at for note in found] == [now, now + 1, now + 1]
    assert assignee(found) == "cy"
    assert of_record(any_harness.store, other) == []


def test_the_newest_notes_are_read_alone(any_harness: PipelineHarness) -> None:
    """In their order; a page of a record with very many notes does not read them all."""
    now = any_harness.clock.now_ms()
    for number in range(5):
        add(any_harness, made("ecs:event:e-1", now + number, comment=f"{number}"))
    add(any_harness, made("ecs:event:e-2", now, comment="of another record"))
    read = [[note.comment for note in newest(any_harness.store, "ecs:event:e-1", most)] for most in (2, 5, 6)]

    assert read == [["3", "4"], list("01234"), list("01234")]


def test_a_note_is_no_part_of_its_record(harness: PipelineHarness, event: MakeEvent) -> None:
    """Events change the record as if there were no note, a rebuild finds no difference, and the note stays."""
    harness.process(event(REBOOT, "Scheduled"))
    (key,) = harness.records()
    before = harness.dump()
    add(harness, made(key, harness.clock.now_ms(), comment="known"))
    assert harness.dump() == before
    harness.process(event(REBOOT, "Executed"))

    rebuilt = list(rebuild(harness.store, Which(), lambda: Deadline(harness.clock, 10), apply=True))

    assert [one.same for one in rebuilt] == [True]
    assert [note.comment for note in of_record(harness.store, key)] == ["known"]


def test_a_note_is_written_once(harness: PipelineHarness) -> None:
    """An attempt whose answer was lost is not a second note, and a note that is there stays as it is."""
    note = made("ecs:event:e-1", harness.clock.now_ms(), comment="known")
    add(harness, note)
    commit(harness.store, [notes.AddNote(note._replace(comment="other"))], Deadline(harness.clock, 10), "again")

    assert [found.comment for found in of_record(harness.store, note.record)] == ["known"]


@pytest.mark.parametrize("case", BAD)
def test_a_note_that_says_nothing_is_refused(case: str) -> None:
    """The error names the option and says what to do."""
    said, message = BAD[case]

    with pytest.raises(WrongUsageError, match=message):
        made("ecs:event:e-1", 0, **said)


DAMAGE: dict[str, tuple[dict[str, Any], str]] = {
    "no author": ({"columns": {"by": None}}, "a row of notes without the right by"),
    "a number for a name": ({"columns": {"assigned_to": 1}}, "a row of notes without the right assigned_to"),
    "no moment": ({"key": [0, "soon", 0]}, "has a key that notes cannot have"),
    "a moment that cannot be": ({"key": [0, 2**62, 0]}, "is a row of notes of a moment that cannot be"),
    "another record's hash": ({"key": ["0000:ecs:event:e-1", 0, 0]}, "has a key that notes cannot have"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_note_is_not_restored(harness: PipelineHarness, case: str) -> None:
    """A line that is no note is refused with what is wrong with it; an undamaged one is taken."""
    change, message = DAMAGE[case]
    add(harness, made("ecs:event:e-1", harness.clock.now_ms(), comment="known"))
    (line,) = [row_line(row) for row in harness.store.walk(NOTES, ())]
    assert isinstance(line["columns"], dict)
    assert isinstance(line["key"], list)
    assert read_line(line_of(line), first=False).put is not None
    columns = {**line["columns"], **change.get("columns", {})}
    key = [new or old for old, new in zip(line["key"], change.get("key", [0, 0, 0]), strict=True)]
    damaged = {**line, "key": key, "columns": {n: v for n, v in columns.items() if v is not None}}

    with pytest.raises(BackupError, match=message):
        read_line(line_of(damaged), first=False)
