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
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
) -> None:
    """Serve the local cloud on a port, for any language.

    s.yaml is deployed and the tables are made.
    """
    from opsctl.cli import serve
    from opsctl.cli.local import default_template

    serve.serve(data or context.obj, template or default_template(), host, port, as_json=as_json)
