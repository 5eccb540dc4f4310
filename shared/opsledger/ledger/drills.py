"""Drills: records of simulated events, which are marked as such.

ECS says nothing in a notification that tells a simulated event from a real one. So the maker of one marks it by its
id. The mark is a row of its own: it is there before the event arrives, and no event, join or rebuild touches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger import strict_json, timestamps
from opsledger.errors import DamagedRowError
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.store import Key
from opsledger.store.tables import DRILLS, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.store import Row, Value
    from opsledger.strict_json import JsonObject


class Drill(NamedTuple):
    """One record that a drill made.

    Attributes:
        record: its key.
        at: when the event was made, in ms.
        by: who made it.
        channels: which channels get its messages, whatever the routes say; none leaves it to the routes.
    """

    record: str
    at: int
    by: str
    channels: tuple[str, ...] = ()

    def to_json(self) -> JsonObject:
        """For programs."""
        return {"at": timestamps.show(self.at), "by": self.by, "channels": [*self.channels]}


def drill_key(record: str) -> Key:
    """The key of the row that marks a record."""
    return Key(DRILLS, (hashed(record),))


def read_drill(row: Row) -> Drill:
    """The drill in a row."""
    channels = strict_json.read(str(row.columns["channels"]))
    if not isinstance(channels, list):
        raise DamagedRowError(f"the channels of a drill are {type(channels).__name__}, no list")
    return Drill(
        unhashed(str(row.key.values[0])), int(row.columns["at"]), str(row.columns["by"]), tuple(map(str, channels))
    )


class MarkDrill(Change[Drill]):
    """A record is marked, before or after its first event."""

    def __init__(self, drill: Drill) -> None:
        self.key = drill_key(drill.record)
        self._drill = drill

    def decode(self, row: Row) -> Drill:
        """The drill in the row."""
        return read_drill(row)

    def encode(self, stored: Drill) -> Mapping[str, Value]:
        """The drill's columns."""
        return {
            "schema": codec.SCHEMA,
            "at": stored.at,
            "by": stored.by,
            "channels": strict_json.write(stored.channels),
        }

    def decide(self, stored: Drill | None) -> Drill:
        """The mark that is there, or this one."""
        return stored or self._drill
