"""Commands about deploying: what is wrong with an s.yaml."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, AsJson, Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fc3lint import Describe, Finding

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A Serverless Devs file. [default: ./s.yaml]")]
Import = Annotated[bool, typer.Option("--import/--no-import", help="Import the handlers, each in its own process.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(doctor)


def doctor(
    file: File = None,
    imports: Import = True,  # noqa: FBT002 - a flag of the command line is a boolean
    remote: Remote = False,  # noqa: FBT002 - the same
    as_json: AsJson = False,  # noqa: FBT002 - the same
) -> None:
    """Find what is wrong with an fc3 s.yaml: keys, values, triggers, patterns, handlers, environment, limits."""
    import fc3lint as clinic  # noqa: PLC0415 - a command loads what it needs
    from opsctl.cli import terminal  # noqa: PLC0415 - the same
    from opsctl.cli.local import default_template  # noqa: PLC0415 - the same

    found = clinic.examine(file or default_template(), imports=imports, describe=_describe() if remote else None)
    if as_json:
        terminal.emit([finding.to_json() for finding in found])
    else:
        for line in _lines(found):
            terminal.say(line)
    if any(finding.severity == clinic.ERROR for finding in found):
        raise typer.Exit(FAILED)


def _describe() -> Describe:
    from opsctl.cli import remote  # noqa: PLC0415 - a command loads what it needs

    return partial(remote.describe, remote.find("FC_ENDPOINT"))


def _lines(found: list[Finding]) -> Iterator[str]:
    for finding in found:
        yield from str(finding).splitlines()
    counts = Counter(finding.severity for finding in found)
    told = [f"{number} {name}{'s' if number != 1 else ''}" for name, number in sorted(counts.items())]
    yield ", ".join(told) or "nothing found"
