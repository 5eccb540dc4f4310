"""The application: its global options, and the table of its commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli import display
from opsctl.cli.commands import (
    backup,
    catalog,
    console,
    deploy,
    docs,
    doctor,
    drift,
    explain,
    invoke,
    note,
    notify,
    publish,
    quarantine,
    rebuild,
    records,
    redrive,
    rules,
    serve,
    tables,
    tour,
)
from opsctl.cli.options import Language
from opsctl.cli.speaking import speaking
from opsledger import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_DATA = Path(".opsledger")

app = typer.Typer(
    help="Track every operational event of Alibaba Cloud ECS and ECI to its end.",
    epilog="Exit codes: 0 done, 1 something failed, 2 wrong usage, 3 not found, 4 an event was refused.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(requested: bool) -> None:  # noqa: FBT001 - typer calls it so
    if requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    data: Annotated[
        Path,
        typer.Option(help="The folder with the local cloud's state; also after the command.", envvar="OPSLEDGER_DATA"),
    ] = DEFAULT_DATA,
    lang: Annotated[
        Language,
        typer.Option(help="The language of the output; also after the command.", envvar="OPSLEDGER_LANG"),
    ] = Language.EN,
    version: Annotated[  # noqa: ARG001, FBT002 - handled by its callback; a flag of the command line is a boolean
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Track every operational event of Alibaba Cloud ECS and ECI to its end."""
    context.obj = data
    display.change(language=lang.value, to_the_end=context.invoked_subcommand in CHANGING)


COMMANDS: Mapping[str, Callable[..., None]] = {
    "tour": tour.tour,
    "invoke": invoke.invoke,
    "publish": publish.publish,
    "records": records.records,
    "show": records.show,
    "find": records.find,
    "note": note.note,
    "sample": catalog.sample,
    "catalog": catalog.catalog,
    "docs": docs.command_for(app),
    "init-tables": tables.init_tables,
    "migrate": tables.migrate,
    "deploy": deploy.deploy,
    "destroy": deploy.destroy,
    "doctor": doctor.doctor,
    "drift": drift.drift,
    "explain": explain.explain,
    "rebuild": rebuild.rebuild,
    "redrive": redrive.redrive,
    "export": backup.export,
    "import": backup.import_,
    "local": serve.local,
    "console": console.console,
}
"""Every command by its name, in the order of the help; groups of commands follow."""

CHANGING = frozenset(
    {
        "tour",
        "invoke",
        "publish",
        "rebuild",
        "import",
        "export",
        "migrate",
        "quarantine",
        "redrive",
        "note",
        "deploy",
        "destroy",
    }
)
"""The commands that finish what they do when nobody reads their output any more."""

for _name, _command in COMMANDS.items():
    app.command(_name)(_command)
app.add_typer(quarantine.quarantine, name="quarantine")
app.add_typer(rules.rules, name="rules")
app.add_typer(notify.notify, name="notify")

for _group in (app, *(group.typer_instance for group in app.registered_groups)):
    for _info in _group.registered_commands if _group is not None else ():
        if _info.callback is not None:
            _info.callback = speaking(_info.callback)
