"""What every function's `index.py` hands to Function Compute: an initializer and a handler.

One Tablestore client per process: an instance of a built-in runtime serves one request at a time, and keeps its
connection between them. The handler's answer counts what became of each delivery; it raises only when the world failed,
which makes the platform deliver again.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from opsledger import pipeline, settings
from opsledger.deadline import Deadline, SystemClock
from opsledger.errors import WorldFailedError
from opsledger.handlers import log
from opsledger.store.tablestore import TablestoreStore, open_client

if TYPE_CHECKING:
    from opsledger.settings import Settings
    from opsledger.store import Store

MARGIN_S = 1.0
"""What is left of the function's timeout for answering and for the runtime's own work."""
DEFAULT_TIMEOUT_S = 60.0

_opened: tuple[Settings, TablestoreStore] | None = None


def initialize(context: Any) -> None:
    """Open the store once per instance, so that the first event does not wait for it.

    Raises:
        MisconfiguredError: a setting is missing; Function Compute shows the message and starts a new instance.
    """
    open_store(settings.read(context))


def handle(event: bytes | str, context: Any) -> dict[str, int]:
    """Record every event in `event`.

    Returns:
        Counts: `received`, and one per outcome.

    Raises:
        WorldFailedError: the events could not all be written in the time there was, and should come again.
    """
    started = time.monotonic()
    own_id = request_id(context)
    try:
        report = pipeline.process(event, open_store(settings.read(context)), deadline(context), own_id)
    except WorldFailedError as error:
        log.write("failed", request_id=own_id, error=type(error).__name__, message=str(error))
        raise
    log.deliveries(report.entries, own_id)
    counts = report.counts()
    log.write("done", request_id=own_id, **counts, ms=round((time.monotonic() - started) * 1000))
    return counts


def request_id(context: Any) -> str:
    """The invocation's id; one of our own where there is none."""
    return str(getattr(context, "request_id", "") or f"local-{uuid.uuid4()}")


def deadline(context: Any) -> Deadline:
    """The time this invocation may use, from now."""
    return Deadline(SystemClock(), _timeout_s(context) - MARGIN_S)


def open_store(wanted: Settings) -> Store:
    """The process's one store; a new one only when the settings, rotated credentials among them, changed."""
    global _opened  # noqa: PLW0603 - one client per process is the point
    if _opened is None or _opened[0] != wanted:
        client = open_client(
            wanted.endpoint,
            wanted.instance,
            wanted.access_key_id,
            wanted.access_key_secret,
            wanted.security_token,
        )
        _opened = (wanted, TablestoreStore(client, wanted.prefix))
    return _opened[1]


def _timeout_s(context: Any) -> float:
    timeout = getattr(getattr(context, "function", None), "timeout", None)
    return float(timeout) if timeout else DEFAULT_TIMEOUT_S
