"""Drift, rebuilding, backup and restore as operators see them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from opsctl import backup
from opsctl.cli import attempts, terminal
from opsctl.drift import REMEDIES
from opsledger import timestamps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from opsctl.backup import Copied
    from opsctl.drift import Finding
    from opsctl.rebuild import Rebuilt
    from opsledger.store.tablestore import TablestoreStore

SHOWN_COLUMNS = frozenset({"state"})
"""Columns whose two values are too long to show; what differs in them is told by transitions."""


# ------------------------------------------------------------------------------------------------------ drift
def drift(found: Sequence[Finding]) -> None:
    """The to-do list: one section a kind of finding, headed by what to do."""
    for what, todo in REMEDIES.items():
        own = [one for one in found if one.what == what]
        if own:
            terminal.say(f"{what}: {todo}", style="bold")
            rows = [
                (f.seen, f.type, f.told, timestamps.show(f.first), timestamps.show(f.last), f.example[:24]) for f in own
            ]
            terminal.table(("Seen", "Type", "What", "First", "Last", "Example"), rows)
    terminal.say(f"{len(found)} to do" if found else "Nothing that the catalogue does not know.")


# ---------------------------------------------------------------------------------------------------- rebuild
def rebuilt_json(told: Rebuilt) -> dict[str, Any]:
    """One record that differs."""
    columns = {name: {"stored": had, "ledger": has} for name, (had, has) in told.columns.items()}
    lists = {name: list(getattr(told, name)) for name in ("gained", "lost", "notes")}
    return {"record": told.key, "columns": columns, **lists, "problem": told.problem, "applied": told.applied}


def rebuilt(told: Rebuilt) -> None:
    """One record that differs, or whose ledger rows cannot be read anew."""
    terminal.say(told.key + (" (written)" if told.applied else ""), style="bold")
    if told.problem:
        terminal.say(f"  {told.problem}", style="red")
    for name, (had, has) in told.columns.items():
        if name not in SHOWN_COLUMNS:
            terminal.say(f"  {name}: stored {_or_none(had)}, by the ledger {_or_none(has)}")
    for word, keys in (("only the ledger has", told.gained), ("only the record has", told.lost)):
        if keys:
            terminal.say(f"  {word} transition {', '.join(keys)}")
    if told.columns.keys() & SHOWN_COLUMNS and not (told.gained or told.lost):
        terminal.say("  its transitions say other things")
    for note in told.notes:
        terminal.say(f"  {note}", style="yellow")


def _or_none(value: object) -> object:
    return "nothing" if value is None else value


# ---------------------------------------------------------------------------------------------- export, import
def export(store: TablestoreStore, file: Path, *, resume: bool) -> Copied:
    """Back up into `file`.

    Raises:
        ValueError: the file has something in it, and resuming was not asked for.
    """
    if not resume and file.exists() and file.stat().st_size:
        raise ValueError(f"{file} is not empty: --resume goes on with it; or name another file")
    file.touch()
    with file.open("rb+") as out, _progress("export") as advance:
        return backup.export(store, out, resume=resume, on_rows=advance)


def restore(store: TablestoreStore, file: Path, *, resume: bool) -> Copied:
    """Restore from `file`; how far it is imported stands beside it until it is done."""
    cursor = file.with_name(f"{file.name}.imported")
    start = int(cursor.read_text()) if resume and cursor.exists() else 0
    size = max(1, file.stat().st_size)
    with file.open("rb") as lines, _progress("import") as advance:
        lines.seek(start)

        def on_bytes(at: int) -> None:
            cursor.write_text(str(at))
            advance(at / size)

        told = backup.restore(store, lines, attempts.deadline, attempts.writer(), on_bytes)
    cursor.unlink(missing_ok=True)
    return told


def copied(verb: str, told: Copied) -> None:
    """How much was copied."""
    rows = ", ".join(f"{n} rows of {name}" for name, n in told.rows.items()) or "nothing more"
    terminal.say(f"{verb} {rows}")


@contextmanager
def _progress(word: str) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal's standard error; nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda _share: None
        return
    columns = (TextColumn(word), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(word, total=1.0)
        yield lambda share: bar.update(task, completed=share)
