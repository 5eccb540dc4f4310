"""`console`: the pages for people, in the browser."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from opsctl.cli.options import AsJson, Data, Remote

MAX_PORT = 65535


class Scope(str, Enum):
    """What a token may read; `access.SCOPES` says which paths that are."""

    CALENDAR = "calendar"
    METRICS = "metrics"
    ALL = "all"


def console(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=MAX_PORT, help="The port; 0 for a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    open_to_network: Annotated[
        bool,
        typer.Option(
            "--open-to-network",
            help="Allow a --host that other machines reach: they see everything, without a password.",
        ),
    ] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Accept requests that name the server so. May be repeated.", metavar="NAME", show_default=False
        ),
    ] = None,
    new_token: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Make a token for a program that reads the function, and end.",
            show_default=False,
        ),
    ] = None,
    scope: Annotated[
        Scope, typer.Option(help="With --new-token: what it may read, the calendar, the metrics or all.")
    ] = Scope.CALENDAR,
    as_json: AsJson = False,
    data: Data = None,
    remote: Remote = False,
) -> None:
    """Show what is recorded in the browser, and serve it as JSON and CSV.

    It only reads, and only this machine reaches it.
    """
    from opsctl.cli.console import make_token, serve
    from opsctl.cli.language import t
    from opsctl.cli.tables import read_tables
    from opsctl.console import ConsoleServer, is_loopback
    from opsctl.errors import WrongUsageError

    if new_token is not None:
        make_token(new_token, scope.value, as_json=as_json)
        return
    if not is_loopback(host) and not open_to_network:
        refused = "other machines reach {host}, and there is no password: add --open-to-network if that is meant"
        raise WrongUsageError(t(refused, host=host))
    with read_tables(data or context.obj, remote=remote) as store:
        serve(ConsoleServer(store, host, port, allow_host or ()), browser=browser and not as_json, as_json=as_json)
