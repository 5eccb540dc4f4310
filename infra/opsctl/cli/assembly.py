"""The application, put together for what is typed: its global options, and the table of its commands.

A command is imported only where it is needed. So a run that names one builds that one alone: typer takes longer to make
thirty commands than a listing takes. Help texts are translated here, because the language is known by then.
"""

from __future__ import annotations

import copy
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli import display
from opsctl.cli.language import first_sentence, help_text
from opsctl.cli.options import Language
from opsctl.cli.speaking import speaking
from opsctl.cli.usage import SpeakingCommand, SpeakingGroup
from opsledger import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typer.models import CommandInfo

HELP = "Track every operational event of Alibaba Cloud ECS and ECI to its end."
EPILOG = "Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 not found, 4 an event was refused."
DEFAULT_DATA = Path(".opsledger")

COMMANDS: Mapping[str, str] = {
    "tour": "tour.tour",
    "invoke": "invoke.invoke",
    "publish": "publish.publish",
    "records": "records.records",
    "show": "records.show",
    "find": "records.find",
    "note": "note.note",
    "sample": "catalog.sample",
    "catalog": "catalog.catalog",
    "docs": "docs.docs",
    "init-tables": "tables.init_tables",
    "migrate": "tables.migrate",
    "deploy": "deploy.deploy",
    "destroy": "deploy.destroy",
    "doctor": "doctor.doctor",
    "drift": "drift.drift",
    "drill": "drill.drill",
    "reconcile": "reconcile.reconcile",
    "explain": "explain.explain",
    "rebuild": "rebuild.rebuild",
    "redrive": "redrive.redrive",
    "export": "backup.export",
    "import": "backup.import_",
    "local": "serve.local",
    "console": "console.console",
}
"""Every command by its name, in the order of the help: the module in `opsctl.cli.commands`, and the function in it."""
GROUPS = {"quarantine": "quarantine.quarantine", "rules": "rules.rules", "notify": "notify.notify"}
"""The groups of commands, which follow; likewise, each is a `typer.Typer`."""

CHANGING = frozenset(
    (
        *("tour", "invoke", "publish", "rebuild", "import", "export", "migrate", "quarantine", "redrive", "note"),
        *("drill", "deploy", "destroy"),
    )
)
"""The commands that finish what they do when nobody reads their output any more."""


def assemble(only: str | None = None) -> typer.Typer:
    """Build the application, in the display's language.

    Args:
        only: the one command or group to build; all if it is None.
    """
    app = typer.Typer(
        cls=SpeakingGroup,
        help=help_text(HELP),
        epilog=help_text(EPILOG),
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(speaking(_options, own=True))
    for name in COMMANDS if only is None else COMMANDS.keys() & {only}:
        command = _named(COMMANDS[name])
        app.command(name, cls=SpeakingCommand, short_help=first_sentence(command.__doc__))(speaking(command))
    for name in GROUPS if only is None else GROUPS.keys() & {only}:
        group = _named(GROUPS[name])
        app.add_typer(_group(group), name=name, short_help=first_sentence(group.info.help))
    return app


def _named(place: str) -> typer.Typer:
    module, _, name = place.partition(".")
    found: typer.Typer = getattr(import_module(f"opsctl.cli.commands.{module}"), name)
    return found


def _group(written: typer.Typer) -> typer.Typer:
    """A group as it is written in its module, in the display's language."""
    group = typer.Typer(
        cls=SpeakingGroup, help=help_text(written.info.help), no_args_is_help=True, rich_markup_mode=None
    )
    group.callback()(speaking(_nothing))
    group.registered_commands = [_spoken(info) for info in written.registered_commands]
    return group


def _nothing() -> None:
    """What a group does by itself."""


def _spoken(written: CommandInfo) -> CommandInfo:
    assert written.callback is not None
    info = copy.copy(written)
    info.cls, info.short_help = SpeakingCommand, first_sentence(written.callback.__doc__)
    info.callback = speaking(written.callback)
    return info


def _show_version(requested: bool) -> None:  # noqa: FBT001 - typer calls it so
    if requested:
        typer.echo(__version__)
        raise typer.Exit


def _options(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(help="The folder with the local cloud's state; also after the command.", envvar="OPSLEDGER_DATA"),
    ] = DEFAULT_DATA,
    lang: Annotated[  # noqa: ARG001 - read by `opsctl.cli.words`, also where it is behind the command
        Language,
        typer.Option(help="The language of the output; also after the command.", envvar="OPSLEDGER_LANG"),
    ] = Language.EN,
    version: Annotated[  # noqa: ARG001, FBT002 - handled by its callback; a flag of the command line is a boolean
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Keep what the options say for the command."""
    context.obj = data
    display.change(to_the_end=context.invoked_subcommand in CHANGING)
