"""`explain`: how a payload would be handled."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from opsctl.cli.options import AsJson, Data, Remote, Template


def explain(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file with a payload, or - for standard input.")] = "-",
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
) -> None:
    """Show how a payload would be handled; write nothing.

    It shows rules, validation, identity, outcome and rows.
    """
    from opsctl import explain as explanations
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.local import found_template
    from opsctl.cli.render import explanation as render
    from opsctl.cli.tables import open_tables
    from opsctl.ros import rules as deployed

    payload = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    known = template or found_template()
    rules = deployed.in_force(known) if known is not None else []
    with open_tables(data or context.obj, remote=remote) as store:
        explained = explanations.explain(payload, store, deadlines.deadline())
    if as_json:
        terminal.emit(render.to_json(explained, rules))
        return
    if known is None:
        terminal.say("no s.yaml here: rules are left out; name a file with --template")
    render.show(explained, rules)
