"""`invoke`: call one function and print its log and result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import FAILED, AsJson, Data, Remote, Template

if TYPE_CHECKING:
    from opsctl.cli.function_compute import Invoked


def invoke(
    context: typer.Context,
    function: Annotated[str, typer.Argument(help="A function of s.yaml, by its name or its code folder.")],
    event: Annotated[str, typer.Option(help="A file with the event, or - for standard input.")] = "-",
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
) -> None:
    """Invoke a function on the local cloud, or a deployed one."""
    from opsctl.cli import terminal

    payload = sys.stdin.buffer.read() if event == "-" else Path(event).read_bytes()
    if remote:
        invoked = _invoke_remotely(function, template, payload)
    else:
        invoked = _invoke_locally(function, template, data or context.obj, payload)
    if as_json:
        terminal.emit(invoked.to_json())
    else:
        for line in invoked.log.splitlines():
            terminal.say(line)
        terminal.emit(invoked.result)
    if invoked.error_type:
        raise typer.Exit(FAILED)


def _invoke_locally(function: str, template: Path | None, data: Path, payload: bytes) -> Invoked:
    """Invoke a function of the template.

    Raises:
        NotThereError: no template, or it has no such function; the message lists those it has.
    """
    from opsctl.cli import fc2_invocation
    from opsctl.cli.local import default_template, function_names, local
    from opsctl.cli.nearest import did_you_mean
    from opsctl.errors import NotThereError

    deployed = template or default_template()
    names = function_names(deployed)
    if function not in names:
        raise NotThereError(f"no function {function!r} in {deployed.name}{did_you_mean(function, sorted(names))}")
    with local(data, deployed) as here:
        return fc2_invocation.invoke(here.endpoint("fc"), names[function], payload)


def _invoke_remotely(function: str, template: Path | None, payload: bytes) -> Invoked:
    """Invoke a deployed function: a code folder's if the template has it, else the one with that name."""
    from opsctl.cli import endpoints, function_compute
    from opsctl.cli.local import found_template, function_names

    endpoint = endpoints.find("FC_ENDPOINT")
    known = template or found_template()
    names = function_names(known) if known is not None else {}
    return function_compute.invoke(endpoint, names.get(function, function), payload)
