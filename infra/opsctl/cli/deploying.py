"""Commands for deploying: find mistakes in an s.yaml."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import AsJson, Remote  # noqa: TC001 - typer reads the annotations

if TYPE_CHECKING:
    from fc3lint import Describe

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A Serverless Devs file. [default: ./s.yaml]")]
Import = Annotated[bool, typer.Option("--import/--no-import", help="Import the handlers, each in its own process.")]


def doctor(
    file: File = None,
    imports: Import = True,  # noqa: FBT002 - a flag of the command line is a boolean
    remote: Remote = False,  # noqa: FBT002 - the same
    as_json: AsJson = False,  # noqa: FBT002 - the same
) -> None:
    """Find mistakes in an fc3 s.yaml: keys, values, triggers, patterns, handlers, environment, limits."""
    from fc3lint import lint, report  # noqa: PLC0415 - a command loads what it needs
    from opsctl.cli.local import default_template  # noqa: PLC0415 - the same
    from opsctl.doctor import library  # noqa: PLC0415 - the same

    path, describe = file or default_template("as an argument"), _describe() if remote else None
    findings = lint(path, import_check=imports, libraries=[library()], describe=describe)
    sys.stdout.write(report.render(findings, as_json=as_json))
    raise typer.Exit(report.exit_code(findings))


def _describe() -> Describe:
    from opsctl.cli import endpoints, function_compute  # noqa: PLC0415 - a command loads what it needs

    return partial(function_compute.describe, endpoints.find("FC_ENDPOINT"))
