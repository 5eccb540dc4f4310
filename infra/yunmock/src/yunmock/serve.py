"""Serve a cloud until the process is asked to stop: the program behind `yunmock serve`."""

from __future__ import annotations

import json
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from yunmock.server import Server


def serve_until_stopped(server: Server, *, as_json: bool = False, environment: Mapping[str, str] | None = None) -> None:
    """Start a server, print how to reach it, and stop it on SIGTERM or SIGINT. Call this from the main thread.

    Args:
        server: the server, not started yet.
        as_json: print endpoints and environment as one line of JSON, else as lines for a shell.
        environment: the variables to print; those of the server if None.
    """
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with server:
        sys.stdout.write(_announcement(server, environment or server.environment, as_json=as_json))
        sys.stdout.flush()
        stopped.wait()


def _announcement(server: Server, environment: Mapping[str, str], *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"endpoints": server.endpoints, "env": dict(environment)}) + "\n"
    lines = [f"The local cloud answers on http://{server.address} until stopped (Ctrl+C). For programs:"]
    return "\n".join([*lines, *(f"export {name}={value}" for name, value in environment.items()), ""])
