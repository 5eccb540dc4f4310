"""moto's threaded server on a free loopback port, until the process is ended."""

from __future__ import annotations

import logging
import sys
import threading

from moto.server import ThreadedMotoServer


def main() -> None:
    """Serve, and print the address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    sys.stdout.write(f"http://{host}:{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
