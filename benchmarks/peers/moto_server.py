"""Run the server of moto on a free loopback port until the process is terminated."""

from __future__ import annotations

import logging
import sys
import threading

from moto.server import ThreadedMotoServer


def main() -> None:
    """Start the server and print its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
