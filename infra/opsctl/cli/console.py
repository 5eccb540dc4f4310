"""Serve the console until the process is asked to stop."""

from __future__ import annotations

import signal
import threading
import webbrowser
from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.language import t
from opsctl.console import new_token
from opsctl.errors import WrongUsageError

if TYPE_CHECKING:
    from opsctl.console import ConsoleServer


def serve(server: ConsoleServer, *, browser: bool, as_json: bool) -> None:
    """Say where the console is, and serve it until SIGINT or SIGTERM. Call this from the main thread.

    Args:
        browser: open the browser.
        as_json: say it as one line of JSON.
    """
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with server:
        thread = threading.Thread(target=server.serve_forever, name="console", daemon=True)
        thread.start()
        _announce(server.url, as_json=as_json)
        if browser:
            webbrowser.open(server.url)
        stopped.wait()
        server.shutdown()
        thread.join()


def make_token(name: str, scope: str, *, as_json: bool) -> None:
    """Print a new token and what to set so that the function accepts it. It is shown this once.

    Raises:
        WrongUsageError: the name is none for a token.
    """
    try:
        token, entry = new_token(name, scope)
    except ValueError:
        raise WrongUsageError(t("a token's name has up to 64 letters, digits, - and _")) from None
    if as_json:
        terminal.emit_line({"token": token, "entry": str(entry)})
        return
    terminal.say(t("The token, which is shown only now: {token}", token=token))
    terminal.say(
        t("Add this to OPSLEDGER_CONSOLE_TOKENS and deploy; without it the token is revoked: {entry}", entry=entry)
    )


def _announce(url: str, *, as_json: bool) -> None:
    if as_json:
        terminal.emit_line({"url": url})
    else:
        terminal.say(t("The console is at {url} until you press Ctrl-C.", url=url))
