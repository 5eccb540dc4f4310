"""Serve the local cloud on a port, with `s.yaml` deployed and our tables made, for programs in any language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli.local import local
from yunmock.serve import serve_until_stopped
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def serve(data: Path, template: Path, host: str, port: int, *, allow_hosts: Collection[str], as_json: bool) -> None:
    """Serve the cloud in the folder `data` until SIGINT or SIGTERM."""
    with local(data, template) as here:
        serve_until_stopped(Server(here.cloud, host, port, allow_hosts=allow_hosts), as_json=as_json)
