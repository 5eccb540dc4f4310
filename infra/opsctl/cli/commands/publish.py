"""`publish`: put events on a bus."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import DONE, FAILED, REFUSED, AsJson, Data, Remote, Template

if TYPE_CHECKING:
    from opsctl.cli.cloudevents import Publication


def publish(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Files with events, or folders with .json files, or - for standard input."),
    ] = None,
    as_json: AsJson = False,
    data: Data = None,
    template: Template = None,
    remote: Remote = False,
    bus: Annotated[
        str | None, typer.Option(help="With --remote: a custom bus; the default bus accepts no events from users.")
    ] = None,
) -> None:
    """Publish events and show each rule's and function's answer.

    They go to the local bus or, with --remote, to a real one. The exit code is 4 if an event is refused: it has no form
    that can be published, or a function quarantines it.
    """
    from opsctl.cli import cloudevents, eventbridge, terminal
    from opsctl.cli.language import t
    from opsctl.cli.progress import counting
    from opsctl.cli.render import publications

    if remote != bool(bus):
        raise typer.BadParameter(t("--remote and --bus go together: name the bus to publish to"))
    texts = [(_read(name), name) for given in files or ["-"] for name in _files(given)]
    published = []
    with eventbridge.publisher(data or context.obj, template, bus) as put, counting("publish") as advance:
        for one in put(event for text, name in texts for event in cloudevents.read_events(text, name)):
            published.append(one)
            advance()
            if not as_json:
                publications.publication(one, bus)
    if as_json:
        terminal.emit([eventbridge.to_json(one) for one in published])
    codes = set(map(_code, published))
    raise typer.Exit(next((code for code in (FAILED, REFUSED) if code in codes), DONE))


def _files(given: str) -> list[str]:
    """The file, or the files in the folder and in those below it.

    Raises:
        NotThereError: the folder has no event.
    """
    from opsctl.cli.language import t
    from opsctl.errors import NotThereError

    folder = Path(given)
    if given == "-" or not folder.is_dir():
        return [given]
    found = sorted(str(path) for path in folder.rglob("*.json") if path.is_file())
    if not found:
        raise NotThereError(t("no .json file in {folder}", folder=given))
    return found


def _read(name: str) -> str:
    # Each event that is not UTF-8 gets its own error; a traceback for the file would hide the others.
    return sys.stdin.read() if name == "-" else Path(name).read_bytes().decode(errors="surrogateescape")


def _code(published: Publication) -> int:
    """The exit code for one event: a function or the bus failed, the event is refused, or all is well."""
    from opsctl.cli import eventbridge

    attempts = list(eventbridge.attempts(published))
    if not all(map(eventbridge.succeeded, attempts)) or (published.error and published.event is not None):
        return FAILED
    answers = [eventbridge.response(attempt) for attempt in attempts]
    quarantined = any(isinstance(answer, dict) and answer.get("quarantined") for answer in answers)
    return REFUSED if published.error or quarantined else DONE
