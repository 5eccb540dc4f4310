"""`explain`: how a payload would be handled."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from opsctl.cli.options import NOT_THERE, REFUSED, AsJson, Data, Remote, Template


def explain(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="A file with a payload, or - for standard input.")] = "-",
    no_rules: Annotated[
        bool, typer.Option("--no-rules", help="Leave out the rules; then no s.yaml is needed.")
    ] = False,
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
) -> None:
    """Show how a payload would be handled; write nothing.

    It shows rules, validation, identity, outcome, rows, and who would be notified. The exit code is 4 if an event would
    be quarantined, and 3 if there is no s.yaml here to take the rules from.
    """
    from opsctl import explain as explanations
    from opsctl import notify as notifications
    from opsctl.cli import deadlines, terminal
    from opsctl.cli.commands.notify import configured
    from opsctl.cli.language import t
    from opsctl.cli.local import found_template
    from opsctl.cli.render import explanation as render
    from opsctl.cli.render import notifications as notified
    from opsctl.cli.tables import read_tables
    from opsctl.ros import rules as deployed
    from opsledger.intake.understand import Refused
    from opsledger.ledger.enrichment import enriched

    payload = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    known = None if no_rules else template or found_template()
    rules = deployed.in_force(known) if known is not None else []
    with read_tables(data or context.obj, remote=remote) as store:
        explained = explanations.explain(payload, store, deadlines.deadline())
        after = {d.after.key: d.after for d in explained.deliveries if d.after is not None}
        records = list(enriched(store, after.values()))
    config, now_ms = configured(None, required=False), deadlines.deadline().clock.now_ms()
    sent = [] if config is None else list(notifications.preview(records, config, now_ms))
    if as_json:
        shown = render.to_json(explained, rules)
        previews, routing = [notified.preview_json(one) for one in sent], notified.routing_json(records, config)
        terminal.emit({**shown, "notifications": previews, "routing": routing})
    else:
        render.show(explained, rules)
        notified.explained(sent, [] if config is None else records, config, now_ms)
    if any(isinstance(delivery.understood.result, Refused) for delivery in explained.deliveries):
        raise typer.Exit(REFUSED)
    if known is None and not no_rules:
        terminal.complain(t("no s.yaml here: the rules are left out; name a file with --template, or say --no-rules"))
        raise typer.Exit(NOT_THERE)
