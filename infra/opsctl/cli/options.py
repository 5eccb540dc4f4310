"""The exit codes, and the options that several commands take."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

DRILL_TYPE = "SystemMaintenance.Reboot"
"""What a drill simulates where nothing else is named."""
DRILL_TIMES = ("1h", "5m")
"""When its event is announced for, and how long each half of a drill is waited for."""

DONE, FAILED, USAGE, NOT_THERE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 130

EXIT_CODES = {
    DONE: "done; also when the reader of the output ends first, as with `| head`",
    FAILED: "something failed: a function, a service, a check; or records still differ, or payloads still wait",
    USAGE: "wrong usage: an option or a value that does not exist",
    NOT_THERE: "what was asked for does not exist: a record, a function, a file, an s.yaml in this folder",
    REFUSED: "an event was refused: `explain` and `publish` say why, and a function would quarantine it",
    INTERRUPTED: "interrupted with Ctrl-C",
}
"""What each exit code means; `docs/errors.md` has the table."""


class Language(str, Enum):
    """A language of the output."""

    EN = "en"
    ZH = "zh"
    JA = "ja"


class OutputForm(str, Enum):
    """How a listing is printed."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    CSV = "csv"


Data = Annotated[
    Path | None, typer.Option("--data", help="The folder with the local cloud's state.", show_default=False)
]
Template = Annotated[Path | None, typer.Option("--template", help="The s.yaml to deploy. [default: ./s.yaml]")]
RecordName = Annotated[
    str,
    typer.Argument(help="A short id as `records` shows it, an event's id, a record's key, or a resource's id or name."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of tables for people.")]
Output = Annotated[
    OutputForm,
    typer.Option(
        "--output",
        "-o",
        help="table: what fits the terminal; wide: everything, ids and times in full; json, csv: for programs.",
    ),
]
Remote = Annotated[
    bool,
    typer.Option("--remote", help="Use the real service, with the credentials and endpoints from the environment."),
]


def chosen(output: OutputForm, *, as_json: bool) -> OutputForm:
    """The form to print: `--json` is short for `-o json`."""
    return OutputForm.JSON if as_json else output
