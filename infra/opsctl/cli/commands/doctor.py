"""`doctor`: find mistakes in an s.yaml."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from opsctl.cli.options import FAILED, AsJson, Remote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fc3lint import DeployedTarget, Describe, Finding, Place
    from opsctl.account import AccountFinding

File = Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A Serverless Devs file. [default: ./s.yaml]")]
Import = Annotated[bool, typer.Option("--import/--no-import", help="Import the handlers, each in its own process.")]


def doctor(
    file: File = None,
    imports: Import = True,
    remote: Remote = False,
    as_json: AsJson = False,
    delivery: Annotated[
        str | None,
        typer.Option(
            help="What the stack's parameter Delivery is: rules or triggers. [default: that of infra/ros/template.yaml]"
        ),
    ] = None,
) -> None:
    """Find mistakes in an s.yaml with the component fc3.

    It checks keys, values, triggers, patterns, handlers, environment and limits, and the routes in a notify.yaml beside
    it. With --remote it also compares the file with what is deployed, looks for instances of which nobody hears or that
    nobody owns and, where OTS_ENDPOINT is set, for tables that are missing or have to be migrated.
    """
    from fc3lint import lint, report
    from opsctl.cli.language import t
    from opsctl.cli.local import default_template
    from opsctl.doctor import DELIVERIES, library, other_rules

    if delivery not in (None, *DELIVERIES):
        raise typer.BadParameter(
            t("no delivery {name}; choose {names}", name=repr(delivery), names=" or ".join(DELIVERIES))
        )
    path = file or default_template("as an argument")
    made, known = other_rules(path, delivery), _deployed() if remote else {}
    findings = lint(path, import_check=imports, libraries=[library()], other_rules=made, **known)
    of_account = _of_account(known["targets"]) if remote else []
    _print(findings, of_account, as_json=as_json)
    stopped = any([_bad_routes(path.parent), _open_consoles(path), remote and _bad_tables()])
    raise typer.Exit(FAILED if stopped else report.exit_code(findings))


def is_sound(s_yaml: Path) -> bool:
    """Whether what is deployed is what an s.yaml and the template beside it say; print what is not."""
    from fc3lint import lint, report
    from opsctl.doctor import library, other_rules

    rules = other_rules(s_yaml, "rules")
    findings = lint(s_yaml, import_check=False, libraries=[library()], other_rules=rules, **_deployed())
    _print(findings, [])
    tables = _bad_tables()
    return not tables and report.exit_code(findings) == 0


def _print(findings: Sequence[Finding], of_account: Sequence[AccountFinding], *, as_json: bool = False) -> None:
    """Print what was found, for people in their language; JSON is in English, so that programs can match it."""
    from fc3lint import report
    from opsctl.cli.language import FINDINGS, said

    say = partial(said, of=FINDINGS)
    if not as_json:
        findings = [replace(one, message=say(one.message), fix=say(one.fix)) for one in findings]
        of_account = [one._replace(message=say(one.message), fix=say(one.fix)) for one in of_account]
    sys.stdout.write(report.render([*findings, *of_account], as_json=as_json, say=say))


def _bad_routes(folder: Path) -> bool:
    """Whether the file with the routes of notifications beside the s.yaml is wrong; if so, say where."""
    from opsctl import notify
    from opsctl.cli import terminal

    file = folder / notify.ROUTES
    if not file.is_file():
        return False
    try:
        notify.compiled(file, os.environ)
    except notify.RoutesError as error:
        for line in str(error).splitlines():
            terminal.complain(line)
        return True
    return False


def _open_consoles(path: Path) -> bool:
    """Whether a console of an s.yaml is open to the world; if so, say how to close it."""
    from opsctl.cli import terminal
    from opsctl.cli.language import t
    from opsctl.doctor import open_consoles

    found = open_consoles(path)
    for name in found:
        terminal.complain(
            t("{name}: everybody may read it: set authType to function or jwt, or OPSLEDGER_CONSOLE_TOKENS", name=name)
        )
    return bool(found)


def _bad_tables() -> bool:
    """Whether tables are missing, or those of version 0.1 have rows that are not moved; if so, say it."""
    from opsctl.cli import terminal
    from opsctl.cli.language import t
    from opsctl.cli.tables import open_remote
    from opsctl.migration import is_needed

    if not os.environ.get("OTS_ENDPOINT"):
        return False
    store = open_remote()
    missing = store.missing_tables()
    for table in missing:
        terminal.complain(t("there is no table {name}: run `opsledger init-tables --remote`", name=store.name(table)))
    if not missing and is_needed(store):
        terminal.complain(
            t("the tables of OpsLedger 0.1 have rows that are not moved: run `opsledger migrate --remote`")
        )
        return True
    return bool(missing)


class _Known(TypedDict, total=False):
    """What `--remote` adds to what the linter knows."""

    describe: Describe
    targets: Sequence[DeployedTarget]
    place: Place


def _of_account(home_targets: Sequence[DeployedTarget]) -> list[AccountFinding]:
    """What is wrong with the account, in each of its regions; nothing where ALIBABA_CLOUD_REGION_ID is not set."""
    from opsctl import account
    from opsctl.cli import endpoints, eventbridge
    from opsledger import settings
    from opsledger.rpc import ECS, RpcClient
    from opsledger.settings import AccessKeys

    home = settings.variable(endpoints.REGION)
    if not home:
        return []
    keys, address = AccessKeys(*endpoints.credentials()), settings.address(settings.variable("ECS_ENDPOINT"))

    def targets(region: str) -> Sequence[DeployedTarget] | None:
        if region == home:
            return home_targets
        endpoint = endpoints.in_region("EVENTBRIDGE_ENDPOINT", region)
        return None if endpoint is None else eventbridge.deployed_targets(endpoint)

    ecs = account.EcsAccount(lambda region: RpcClient(ECS, region, keys, address), home)
    return account.findings(ecs, targets, settings.variable("OPSLEDGER_OWNER_TAG"))


def _deployed() -> _Known:
    from fc3lint import Place
    from opsctl.cli import endpoints, eventbridge, function_compute
    from opsledger import settings

    described = partial(function_compute.describe, endpoints.find("FC_ENDPOINT"))
    account, region = (settings.variable(name) for name in (endpoints.ACCOUNT, endpoints.REGION))
    targets = eventbridge.deployed_targets(endpoints.find("EVENTBRIDGE_ENDPOINT"))
    return _Known(describe=described, targets=targets, place=Place(account, region))
