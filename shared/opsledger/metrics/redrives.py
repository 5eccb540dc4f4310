"""What the last redrive found in the queues, in one row: the redriver alone sees what is in them.

The queue's service is about to say no more how many messages a queue has: the vendor's page on GetQueueAttributes
announces that those fields will be 0 (help.aliyun.com/document_detail/35131.htm).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import strict_json
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.metrics.totals import is_newer
from opsledger.store import Key
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opsledger.redrive import Redriven
    from opsledger.store import Row, Value

KEY: Final = Key(CURSORS, (hashed("redrive"),))
REDRIVEN_AT: Final = "redriven_at"


class QueueState(NamedTuple):
    """One queue after a redrive: the messages that were delivered again, and at least how many are left."""

    delivered: int
    left: int


class LastRedrive(NamedTuple):
    """The redrive of all queues; `at` in ms."""

    at: int
    queues: Mapping[str, QueueState] = MappingProxyType({})


def summed_up(results: Iterable[Redriven], now_ms: int) -> LastRedrive:
    """What these redrives did."""
    return LastRedrive(now_ms, {one.queue: QueueState(one.messages, _left(one)) for one in results})


def _left(one: Redriven) -> int:
    """A redrive that stopped left what it stopped at, and perhaps more."""
    return one.incomplete + one.kept + (0 if one.finished else 1)


class NoteRedrive(Change[LastRedrive]):
    """A redrive replaces the one before."""

    key = KEY

    def __init__(self, redrive: LastRedrive) -> None:
        self._redrive = redrive

    def decode(self, row: Row) -> LastRedrive:
        """The redrive in the row."""
        return read_redrive(row)

    def encode(self, stored: LastRedrive) -> Mapping[str, Value]:
        """The row's columns."""
        queues = strict_json.write({name: list(state) for name, state in stored.queues.items()})
        return {"schema": codec.SCHEMA, REDRIVEN_AT: stored.at, "queues": queues}

    def decide(self, stored: LastRedrive | None) -> LastRedrive:
        """The later one of two that ran at once."""
        return stored if stored is not None and is_newer(stored.at, self._redrive.at) else self._redrive


def read_redrive(row: Row) -> LastRedrive:
    """The redrive in a row; a queue whose numbers another version wrote is left out."""
    found = strict_json.read(str(row.columns.get("queues", "{}")))
    queues: dict[str, QueueState] = {}
    for name, state in found.items() if isinstance(found, dict) else ():
        match state:
            case [int() as delivered, int() as left]:
                queues[name] = QueueState(delivered, left)
    return LastRedrive(int(row.columns[REDRIVEN_AT]), queues)
