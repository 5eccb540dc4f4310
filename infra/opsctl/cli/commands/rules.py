"""`rules`: what the rules on the bus let through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, AsJson

if TYPE_CHECKING:
    from opsctl.ros.rules import DeployedRule

Corpus = Annotated[Path, typer.Argument(help="A file or a folder with events, such as events/corpus.")]
RuleFile = Annotated[
    Path | None,
    typer.Option("--template", help="An s.yaml, for its triggers, or a ROS template. [default: the rules of ./s.yaml]"),
]

rules = typer.Typer(help="See what the rules that hand events to the functions let through.", no_args_is_help=True)


@rules.callback()
def _group() -> None:
    """Keep `check` a command of the group."""


@rules.command()
def check(
    corpus: Corpus,
    template: RuleFile = None,
    as_json: AsJson = False,
) -> None:
    """Say which events of a corpus are dropped and which match twice, and why.

    The exit code is 1 if an operational event is dropped, an event matches two rules, or two rules may match one event.
    """
    from opsctl.cli import terminal
    from opsctl.cli.progress import counting
    from opsctl.cli.render import rules as render
    from opsctl.rules import check as checks
    from opsctl.rules.corpus import read

    known = _rules(template)
    given = read(corpus)
    verdicts = []
    with counting("rules check", len(given.forms)) as advance:
        for verdict in checks.judge(given.forms, known):
            verdicts.append(verdict)
            advance()
    overlapping = checks.overlaps(known)
    if as_json:
        terminal.emit(checks.to_json(verdicts, overlapping))
    else:
        render.show(verdicts, overlapping, given.skipped)
    if overlapping or any(verdict.problem for verdict in verdicts):
        raise typer.Exit(FAILED)


def _rules(template: Path | None) -> list[DeployedRule]:
    """The rules of a ROS template or an s.yaml; without one, those of the s.yaml in this folder."""
    from opsctl.cli.local import default_template
    from opsctl.ros import rules as deployed
    from opsctl.ros.template import is_template, read

    if template is not None and is_template(template):
        return deployed.of_template(read(template))
    return deployed.in_force(template or default_template())
