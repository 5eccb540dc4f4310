"""`deploy` and `destroy`: everything that OpsLedger is in an account, made and removed with one command."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, Template

if TYPE_CHECKING:
    from opsctl.deploy.account import Account
    from opsctl.deploy.steps import Deployment

RUNTIME = "python3.10"
BUILT = Path("build", "package")
TEMPLATE = Path("infra", "ros", "template.yaml")

Region = Annotated[
    str, typer.Option(help="The region to deploy to.", envvar=["OPSLEDGER_REGION", "ALIBABA_CLOUD_REGION_ID"])
]
Stack = Annotated[str, typer.Option("--stack", help="The stack's name.")]
Runtime = Annotated[str, typer.Option(help="The functions' runtime.", envvar="OPSLEDGER_RUNTIME")]
OnlyShown = Annotated[bool, typer.Option("--dry-run", help="Print what would be called, and change nothing.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--set", help="A parameter of the stack, as Name=value; repeat it for several.", metavar="NAME=VALUE"),
]


def deploy(
    region: Region,
    instance: Annotated[
        str | None,
        typer.Option(
            help="The Tablestore instance, a name of your own. [default: the stack's, or opsledger]",
            envvar="OTS_INSTANCE",
        ),
    ] = None,
    stack: Stack = "opsledger",
    runtime: Runtime = RUNTIME,
    parameters: Parameters = None,
    private: Annotated[bool, typer.Option("--vpc", help="The functions reach Tablestore through a VPC.")] = False,
    existing_tables: Annotated[
        bool, typer.Option("--existing-tables", help="The instance and its tables are there, from an earlier stack.")
    ] = False,
    template: Template = None,
    built: Annotated[Path, typer.Option(help="What `make package` has built.")] = BUILT,
    drill: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="In the end simulate an event of this instance, as `opsledger drill --remote` does; may be repeated.",
            show_default=False,
        ),
    ] = None,
    drill_channel: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Send the messages of the drill to this channel; may be repeated. "
            "[default: the routes that take drills]",
            show_default=False,
        ),
    ] = None,
    dry_run: OnlyShown = False,
) -> None:
    """Deploy everything to an account: stack, layers, functions, rules; then compare it with what is there.

    It can be repeated, and does only what is missing. It needs `make package`, Serverless Devs (`s`) and credentials in
    the environment; a dry run needs none of them. It has never run on a real account: docs/deploy.md says what to look
    at the first time.
    """
    from opsctl.cli import deployed, terminal
    from opsctl.cli.commands.doctor import is_sound
    from opsctl.cli.language import t
    from opsctl.deploy import steps

    given = _parameters(parameters or [])
    if instance:
        given["InstanceName"] = instance
    if existing_tables:
        given["Tables"] = "exist"
    wanted = deployed.plan(drill or (), drill_channel or ())
    target = _target(region, stack, runtime, template, built, given, private=private)
    if dry_run and not (target.built / steps.MANIFEST).is_file():
        target = replace(target, unbuilt=True)
        terminal.say(t("Nothing is built yet: run `make package` before you deploy."))
    made = steps.deploy(target, _account(target, dry_run=dry_run), _headings if dry_run else _say)
    if not dry_run:
        if not deployed.finish(target, made, wanted, is_sound):
            raise typer.Exit(FAILED)
        return
    if wanted:
        deployed.show_drill(target, wanted)
    terminal.say(t("nothing was changed"))


def destroy(
    region: Region,
    stack: Stack = "opsledger",
    runtime: Runtime = RUNTIME,
    template: Template = None,
    dry_run: OnlyShown = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove rules, functions, layers, queues and roles from an account; the tables with their rows stay.

    Messages that wait in the queues are deleted with them: `opsledger redrive --remote` first.
    """
    from opsctl.cli import terminal
    from opsctl.cli.language import t
    from opsctl.deploy import steps

    target = _target(region, stack, runtime, template, BUILT, {}, private=False)
    if not (yes or dry_run):
        typer.confirm(
            t("remove the stack {stack} in {region}, and its functions?", stack=stack, region=region), abort=True
        )
    steps.destroy(target, _account(target, dry_run=dry_run), _headings if dry_run else _say)
    if dry_run:
        terminal.say(t("nothing was changed"))


def _parameters(given: list[str]) -> dict[str, str]:
    from opsctl.cli.language import t
    from opsctl.errors import WrongUsageError

    pairs = [each.partition("=") for each in given]
    for name, sign, _ in pairs:
        if not (name and sign):
            raise WrongUsageError(t("--set takes Name=value, not {given}", given=repr(name)))
    return {name: value for name, _, value in pairs}


def _target(
    region: str,
    stack: str,
    runtime: str,
    template: Path | None,
    built: Path,
    parameters: dict[str, str],
    *,
    private: bool,
) -> Deployment:
    from opsctl.cli.local import default_template
    from opsctl.deploy.steps import Deployment

    s_yaml = template or default_template()
    return Deployment(
        region,
        runtime,
        stack,
        s_yaml,
        s_yaml.resolve().parent / TEMPLATE,
        built / runtime,
        parameters,
        private,
        dict(os.environ),
    )


def _account(target: Deployment, *, dry_run: bool) -> Account:
    """The account, or one in which nothing changes; a dry run without credentials takes the account to be empty."""
    from opsctl.cli import endpoints, terminal
    from opsctl.deploy.remote import RemoteAccount
    from opsctl.deploy.unchanged import UnchangedAccount
    from opsctl.errors import ToolError
    from opsledger.settings import AccessKeys

    keys = AccessKeys(*endpoints.credentials())
    present = RemoteAccount(target.region, keys, os.environ) if keys.key_id and keys.secret else None
    if dry_run:
        return UnchangedAccount(
            present, target.region, target.parameters.get("InstanceName", "opsledger"), terminal.say
        )
    if present is None:
        raise ToolError(f"deploying needs {' and '.join(endpoints.CREDENTIALS[:2])}; a dry run does not")
    return present


def _say(text: str, /, **values: object) -> None:
    from opsctl.cli import terminal
    from opsctl.cli.language import t

    terminal.say(t(text, **values))


def _headings(text: str, /, **values: object) -> None:
    """Print the names of the steps, and not what became of them: in a dry run nothing does."""
    if not text.startswith(" "):
        _say(text, **values)
