"""The exit codes, and the options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DONE, FAILED, USAGE, NOT_THERE = 0, 1, 2, 3

Data = Annotated[
    Path | None, typer.Option("--data", help="The folder with the local cloud's state.", show_default=False)
]
Template = Annotated[Path | None, typer.Option("--template", help="The s.yaml to deploy. [default: ./s.yaml]")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs instead of tables for people.")]
Remote = Annotated[
    bool,
    typer.Option("--remote", help="Use the real service, with the credentials and endpoints from the environment."),
]
