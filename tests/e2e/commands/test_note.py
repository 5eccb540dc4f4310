"""`opsledger note`, and the notes that `show` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import NOT_THERE, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
HOSTILE = "\x1b[2J<b>|\u202e`*@all\n=1+1"


@pytest.fixture
def filled(run: Callable[..., Ran], event: MakeEvent) -> Callable[..., Ran]:
    """A ledger with two records of one instance."""
    instance = event(seed="a")["data"]["instanceId"]
    running = event("ecs:Instance:StateChange", "Running", seed="a", resourceId=instance)
    run("publish", given=[event(REBOOT, "Scheduled", seed="a"), running])
    return run


def record_of(filled: Callable[..., Ran]) -> str:
    """The key of the open record."""
    (found,) = filled("records", "--open", "--json").json
    return str(found["record"])


def test_what_is_noted_is_shown(filled: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """With its time and its author, who is the user of the computer unless another is named; in JSON too."""
    monkeypatch.setenv("LOGNAME", "ann")
    record = record_of(filled)
    said = filled("note", record, "--ack", "--comment", "after the sale")
    assert (said.code, said.out) == (0, f"{record}: noted by ann\n")
    assert filled("note", record, "--assign", "shop team", "--by", "bob").code == 0

    shown, as_json = filled("show", record).out, filled("show", record, "--json").json

    assert " ann: acknowledged; after the sale\n" in shown
    assert " bob: assigned to shop team\n" in shown
    assert "  assigned to: shop team\n" in shown
    assert [(note["by"], note["acknowledged"], note["assigned_to"], note["comment"]) for note in as_json["notes"]] == [
        ("ann", True, None, "after the sale"),
        ("bob", False, "shop team", None),
    ]


def test_hostile_notes_are_escaped(filled: Callable[..., Ran]) -> None:
    """No text of a note reaches the terminal as control characters, and JSON gives it back unchanged."""
    record = record_of(filled)
    filled("note", record, "--assign", HOSTILE, "--comment", HOSTILE, "--by", HOSTILE)

    shown = filled("show", record).out

    assert all(character.isprintable() or character == "\n" for character in shown)
    assert "\\x1b[2J<b>|\\u202e`*@all\\n=1+1" in shown
    assert filled("show", record, "--json").json["notes"][0]["comment"] == HOSTILE


def test_a_note_is_on_one_record(filled: Callable[..., Ran], event: MakeEvent) -> None:
    """A resource's id that means several records is refused with their names; an unknown one is not there."""
    several = filled("note", event(seed="a")["data"]["instanceId"], "--ack", "--by", "ann")

    assert several.code == NOT_THERE
    assert "2 records are called" in several.err
    assert filled("note", "e-none", "--ack", "--by", "ann").code == NOT_THERE
    assert filled("note", record_of(filled), "--by", "ann").code == USAGE


def test_notes_are_backed_up(filled: Callable[..., Ran], tmp_path: Path) -> None:
    """An import restores them, again changes nothing, and the rows are counted."""
    record, backup, elsewhere = record_of(filled), tmp_path / "ledger.jsonl", tmp_path / "elsewhere"
    filled("note", record, "--comment", "known", "--by", "ann")
    exported = filled("export", str(backup))
    for _ in range(2):
        imported = filled("import", str(backup), data=elsewhere)

    assert "1 row of notes" in exported.out
    assert "1 row of notes" in imported.out
    assert filled("show", record, "--json", data=elsewhere).json == filled("show", record, "--json").json
