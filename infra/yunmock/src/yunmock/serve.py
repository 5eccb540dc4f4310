"""Serve a cloud until the process is asked to stop: the program behind `yunmock serve`."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from yunmock.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.server import Server
    from yunmock.services import InvocationRecord

LOOK_S = 1.0
"""How often `look` is called."""


def serve_until_stopped(server: Server, *, as_json: bool = False, look: Callable[[], None] | None = None) -> None:
    """Start a server, print how to reach it, and stop it on SIGTERM or SIGINT. Call this from the main thread.

    What functions log and how they fail is printed on stderr.

    Args:
        server: the server, not started yet.
        as_json: print endpoints and environment as one line of JSON, else as lines for a shell.
        look: called every second, such as `TemplateWatch.check`.
    """
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    server.cloud.on_invocation.append(printer(sys.stderr))
    with server:
        sys.stdout.write(_announcement(server, as_json=as_json))
        sys.stdout.flush()
        while not stopped.wait(LOOK_S if look else None):
            if look is not None:
                look()


def report(sentence: str) -> None:
    """Print a sentence on stderr."""
    with contextlib.suppress(OSError, ValueError):  # as in `printer`
        sys.stderr.write(f"yunmock: {printable(sentence)}\n")
        sys.stderr.flush()


def printer(stream: TextIO) -> Callable[[InvocationRecord], None]:
    """A listener that prints each run of a function: its log, then the error if it failed."""
    lock = threading.Lock()

    def show(record: InvocationRecord) -> None:
        with lock, contextlib.suppress(OSError, ValueError):  # a closed terminal must not fail the call
            stream.write(described(record))
            stream.flush()

    return show


def described(record: InvocationRecord) -> str:
    """A run of a function as lines of text, each with the function's name before it."""
    made = record.invocation
    how = record.cause if record.attempt == 1 else f"{record.cause}, attempt {record.attempt}"
    lines = made.log.splitlines()
    if not made.ok:
        lines.append(f"FAILED ({how}): {made.error}")
        lines += [f"  {line}" for line in _stack(made.body)]
    return "".join(f"{printable(made.function)} | {printable(line)}\n" for line in lines)


def _stack(body: bytes) -> list[str]:
    """The lines of the stack in an error as Function Compute describes it."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return []
    stack = content.get("stackTrace", []) if isinstance(content, dict) else []
    return [", ".join(map(str, frame)) for frame in stack if isinstance(frame, list)]


def _announcement(server: Server, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"endpoints": server.endpoints, "env": server.environment}) + "\n"
    lines = [
        f"The local cloud answers on {server.url} until stopped (Ctrl+C).",
        "Open it in a browser to see what is in it. For programs:",
    ]
    return "\n".join([*lines, *(f"export {name}={value}" for name, value in server.environment.items()), ""])
