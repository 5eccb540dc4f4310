"""`yunmock serve`: the local cloud as a process of its own."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from typing import TYPE_CHECKING

from yunmock.local import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Sequence

DESCRIPTION = "A local Alibaba Cloud: Tablestore, EventBridge, Function Compute, for the real SDKs."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or 2 when it was used wrongly or a file cannot be read."""
    options = _parser().parse_args(argv)
    try:
        cloud = local_cloud(data=options.data, template=options.template)
        server = Server(cloud, options.host, options.port)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"yunmock: {error}\n")
        return 2
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with server:
        _announce(server, as_json=options.json)
        stopped.wait()
    cloud.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yunmock", description=DESCRIPTION)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the cloud on a loopback port until told to stop")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=int, default=0, help="the port (default: a free one)")
    serve.add_argument("--data", metavar="FILE", help="keep the state in this SQLite file (default: in memory)")
    serve.add_argument("--template", metavar="S.YAML", help="deploy the functions and triggers of this file")
    serve.add_argument("--json", action="store_true", help="print endpoints and environment as one line of JSON")
    return parser


def _announce(server: Server, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"endpoints": server.endpoints, "env": server.environment}) + "\n")
    else:
        sys.stdout.write(f"yunmock serves on http://{server.address} until stopped (Ctrl+C)\n")
        sys.stdout.writelines(f"export {name}={value}\n" for name, value in server.environment.items())
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
