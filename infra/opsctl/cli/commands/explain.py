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

    It shows rules, validation, identity, outcome, rows, and who would be notified.
    """
    from opsctl import explain as explanations
    from opsctl import notify as notifications
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.commands.notify import configured
    from opsctl.cli.local import found_template
    from opsctl.cli.render import explanation as render
    from opsctl.cli.render import notifications as notified
    from opsctl.cli.tables import open_tables
    from opsctl.ros import rules as deployed

    payload = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    known = template or found_template()
    rules = deployed.in_force(known) if known is not None else []
    with open_tables(data or context.obj, remote=remote) as store:
        explained = explanations.explain(payload, store, deadlines.deadline())
    config, now_ms = configured(None, required=False), deadlines.deadline().clock.now_ms()
    records = list({d.after.key: d.after for d in explained.deliveries if d.after is not None}.values())
    sent = [] if config is None else list(notifications.preview(records, config, now_ms))
    if as_json:
        shown = render.to_json(explained, rules)
        terminal.emit({**shown, "notifications": [notified.preview_json(one) for one in sent]})
        return
    if known is None:
        terminal.say("no s.yaml here: rules are left out; name a file with --template")
    render.show(explained, rules)
    notified.explained(sent, [] if config is None else records, config, now_ms)
