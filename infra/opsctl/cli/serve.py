"""Serve the local cloud on a port, with `s.yaml` deployed and our tables made, for programs in any language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli.local import local
from yunmock.serve import serve_until_stopped
from yunmock.server import Server

if TYPE_CHECKING:
    from pathlib import Path


def serve(data: Path, template: Path, host: str, port: int, *, as_json: bool) -> None:
    """Serve the cloud in the folder `data` until SIGINT or SIGTERM."""
    with local(data, template) as here:
        server = Server(here.cloud, host, port)
        # The poller uses TLS for a host without a scheme, and this server speaks none.
        plain = {"ECI_ENDPOINT": f"http://{server.address}"}
        here.cloud.function_environment.update(plain)
        serve_until_stopped(server, as_json=as_json, environment={**server.environment, **plain})
