"""The request id, the deadline, the store and the queues of an invocation."""

from __future__ import annotations

import os
import threading
import uuid
from typing import TYPE_CHECKING

from opsledger import catalog, settings
from opsledger.deadline import Deadline, SystemClock
from opsledger.errors import ThrottledError, UnavailableError
from opsledger.ledger import migration
from opsledger.store.deferred import deferred
from opsledger.store.old_tables import OldTablesStore
from opsledger.store.remote import RemoteStore
from opsledger.store.wire.client import WireClient
from opsledger.store.wire.signature import Credentials

if TYPE_CHECKING:
    from opsledger.queues import Queue
    from opsledger.settings import Settings
    from opsledger.store import Store

MARGIN_S = 1.0
"""The part of the function's timeout that is kept for the answer and the runtime."""
DEFAULT_TIMEOUT_S = 60.0

INITIALIZER_S = 10.0
"""How long a call of the store may take before the first invocation."""
SHORTEST_CALL_S = MARGIN_S / 2
"""A call that begins at the deadline still gets this long."""

_opened: tuple[Settings, Store] | None = None


class _Current(threading.local):
    """The deadline of the invocation that this thread runs."""

    deadline: Deadline | None = None


_CURRENT = _Current()


def initialize(context: object, product: str | None = None) -> None:
    """Open the store once per instance, before the first event, and its connection with it.

    Args:
        product: whose events the function receives; its catalogue and validators are made here.

    Raises:
        MisconfiguredError: a setting is missing, or the tables of an earlier version are not migrated; Function Compute
            shows the message and starts a new instance.
    """
    configured = settings.read(context)
    store = open_store(configured)
    if product is not None:
        _prepare(product)
    try:
        migration.check(store, reads_old_tables=configured.reads_old_tables)
    except (ThrottledError, UnavailableError):  # an event tries again for longer
        return


def _prepare(product: str) -> None:
    """Load the catalogue and build its validators, without a search for plugins of pydantic.

    A function has none, and the search would read the metadata of every package. Who sets the variable otherwise gets
    what it says (docs.pydantic.dev/latest/concepts/plugins).
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    with deferred(**{"importlib.metadata": ("entry_points",)}):
        catalog.prepare(product)


def request_id(context: object) -> str:
    """The id in the context; a new one where there is none."""
    return str(getattr(context, "request_id", "") or f"local-{uuid.uuid4()}")


def deadline(context: object, reserve_s: float = 0.0) -> Deadline:
    """The time that this invocation may use, from now, without `reserve_s` or at most half of it.

    No call of the store lasts longer.
    """
    seconds = _timeout_s(context) - MARGIN_S
    _CURRENT.deadline = Deadline(SystemClock(), seconds - min(reserve_s, max(0.0, seconds / 2)))
    return _CURRENT.deadline


def open_store(wanted: Settings) -> Store:
    """The process's store; a new one only after a change of settings, such as rotated credentials.

    One client per process: an instance of a built-in runtime serves one request at a time, and keeps its connection
    between requests.
    """
    global _opened  # noqa: PLW0603 - one client per process is the point
    if _opened is None or _opened[0] != wanted:
        store = _CLIENTS[wanted.client](wanted)
        _opened = (wanted, OldTablesStore(store) if wanted.reads_old_tables else store)
    return _opened[1]


def _on_wire(wanted: Settings) -> RemoteStore:
    credentials = Credentials(
        wanted.access_key_id, wanted.access_key_secret, wanted.security_token, wanted.signing_region or None
    )
    return RemoteStore(WireClient(wanted.endpoint, wanted.instance, credentials, _seconds_left), wanted.prefix)


def _on_sdk(wanted: Settings) -> RemoteStore:
    # A layer of its own has the SDK, and only functions that are set to it need that.
    from opsledger.store.tablestore import TablestoreStore, open_client  # noqa: PLC0415 - see above

    keys = wanted.access_key_id, wanted.access_key_secret, wanted.security_token
    client = open_client(wanted.endpoint, wanted.instance, *keys, wanted.signing_region or None)
    return TablestoreStore(client, wanted.prefix)


_CLIENTS = {"wire": _on_wire, "sdk": _on_sdk}


def _seconds_left() -> float:
    current = _CURRENT.deadline
    return INITIALIZER_S if current is None else max(SHORTEST_CALL_S, current.remaining())


def open_queue(arn: str, configured: Settings) -> Queue:
    """A queue, with the function's own credentials.

    Raises:
        MisconfiguredError: the ARN names no queue.
    """
    # Few invocations need a queue, so a cold start does not load this.
    from opsledger.queues.client import SmqQueue  # noqa: PLC0415 - see above

    return SmqQueue(arn, configured.keys, configured.queue_endpoint)


def _timeout_s(context: object) -> float:
    timeout = getattr(getattr(context, "function", None), "timeout", None)
    return float(timeout) if timeout else DEFAULT_TIMEOUT_S
