"""The local cloud as a server: `s.yaml` deployed, our tables made, for programs in any language."""

from __future__ import annotations

import json
import signal
import sys
import threading
from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.local import local
from yunmock.server import Server

if TYPE_CHECKING:
    from pathlib import Path


def serve(data: Path, template: Path, host: str, port: int, *, as_json: bool) -> None:
    """Serve the cloud of the data folder `data` until told to stop."""
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with local(data, template) as here, Server(here.cloud, host, port) as server:
        # A bare host means TLS to the poller, and nobody speaks it here.
        plain = {"ECI_ENDPOINT": f"http://{server.address}"}
        here.cloud.function_environment.update(plain)
        _announce(server, {**server.environment, **plain}, as_json=as_json)
        stopped.wait()


def _announce(server: Server, environment: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"endpoints": server.endpoints, "env": environment}) + "\n")
    else:
        terminal.say(f"The local cloud answers on http://{server.address} until stopped (Ctrl+C). For programs:")
        for name, value in environment.items():
            terminal.say(f"export {name}={value}")
    sys.stdout.flush()
