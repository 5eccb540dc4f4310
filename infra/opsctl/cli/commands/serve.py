"""`local`: serve the local cloud on a port."""

from __future__ import annotations

from typing import Annotated

import typer

from opsctl.cli.options import AsJson, Data, Template

MAX_PORT = 65535


def local(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=MAX_PORT, help="The port; 0 for a free one.")] = 0,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Accept requests that name the server so, such as a container's name. May be repeated.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
) -> None:
    """Serve the local cloud on a port, for any language.

    s.yaml is deployed and the tables are made.
    """
    from opsctl.cli import serve
    from opsctl.cli.local import default_template

    folder, deployed = data or context.obj, template or default_template()
    serve.serve(folder, deployed, host, port, allow_hosts=allow_host or (), as_json=as_json)
