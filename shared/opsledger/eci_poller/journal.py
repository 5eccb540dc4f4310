"""The journal: what the poller has seen of each container group, written before it is recorded.

    see a page ──► journal what is new in it ──► record that ──► mark it as recorded ──► move the cursor

An invocation that dies at any arrow leaves its events in the journal. The next one records exactly those, then what is
new since. Recording them twice does no harm. Without the journal, a group that changes after the crash would leave in
the record what the ledger never gets, or the other way round.

The journal also says which groups of a region ECI had when last asked, so a round finds what has vanished, and what its
pages skipped, without a look at other records. That index is sparse: a group leaves it when ECI does not have it any
more and all of it is recorded. A group that has ended stays in it: its last events may come later.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from opsledger.eci_poller import observation
from opsledger.ledger.commit import Change
from opsledger.polling.cursor import OvertakenError
from opsledger.store import Key
from opsledger.store.tables import ECI_GROUPS, ECI_GROUPS_OPEN, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opsledger.eci_poller.observation import Group
    from opsledger.polling.region import PolledRegion
    from opsledger.store import Row, Store, Value
    from opsledger.strict_json import JsonObject

SCHEMA = 1
BUCKETS = "0123456789abcdef"
"""The first digit of a row's hash: so many ranges of the index have the open groups of a region."""
MIN_STEP_MS = 1000
"""Two states of a group are at least so far apart, because a moment in a key may be cut to the second."""
MOST_BYTES = 1_000_000
"""What would make a row longer is recorded without having been in the journal; a cell holds 2 MB."""


class Seen(NamedTuple):
    """What the poller last saw of a container group.

    Attributes:
        status: its last status.
        at: when that was seen, in ms.
        turn: the turn of the poller that wrote this; see `cursor.Cursor`.
        gone: whether ECI, asked for it by id, does not have it any more.
        unrecorded: the events that are journaled and perhaps not recorded, oldest first.
    """

    status: str
    at: int
    turn: int = 0
    unrecorded: tuple[JsonObject, ...] = ()
    gone: bool = False


def group_key(region: str, name: str) -> Key:
    """The key of a group's row."""
    return Key(ECI_GROUPS, (hashed(f"{region}/{name}"),))


def open_groups(store: Store, region: str, after: str) -> Iterator[str]:
    """The keys of the open groups' rows, in order, behind `after`; read from the index a page at a time."""
    for bucket in BUCKETS:
        if bucket >= after[:1]:
            for row in store.walk(ECI_GROUPS_OPEN, [_open_in(region, bucket)]):
                key = str(row.key.values[0])
                if key > after:
                    yield key


def group_name(key: str) -> str:
    """The group's name in the key of its row."""
    return unhashed(key).partition("/")[2]


def read_seen(row: Row) -> Seen:
    """What a row says."""
    kept = json.loads(str(row.columns["state"]))
    return Seen(kept["status"], kept["at"], kept["turn"], tuple(kept["unrecorded"]), kept.get("gone", False))


class _GroupChange(Change[Seen]):
    """A change of one group's row.

    Args:
        turn: this poller's; a row that a later one has written is left alone.
    """

    def __init__(self, polled: PolledRegion, group: Group, turn: int) -> None:
        self.key = group_key(polled.region, group.name)
        self.group = group
        self._polled, self._turn = polled, turn

    def decode(self, row: Row) -> Seen:
        """What the row says."""
        return read_seen(row)

    def encode(self, stored: Seen) -> Mapping[str, Value]:
        """The row's columns: `state` is complete, in ASCII; `open_in` is there only while the group is looked for."""
        columns: dict[str, Value] = {"schema": SCHEMA, "region": self._polled.region, "state": _text(stored)}
        if stored.unrecorded or (self.group.valid and not stored.gone):
            columns["open_in"] = _open_in(self._polled.region, str(self.key.values[0])[0])
        return columns

    def _check_turn(self, stored: Seen | None) -> None:
        if stored is not None and stored.turn > self._turn:
            raise OvertakenError(f"another poller reads {self._polled.region}")


class See(_GroupChange):
    """A group was seen: its status, if that is new, and its events are to be recorded.

    Args:
        asked_ms: when the answer that has the group was asked for.
        known: what to take for the stored row where there is none.

    Attributes:
        to_record: once the change is decided, every event of the group that is still to be recorded, oldest first.
    """

    def __init__(self, polled: PolledRegion, group: Group, turn: int, asked_ms: int, known: Seen | None = None) -> None:
        super().__init__(polled, group, turn)
        self.to_record: tuple[JsonObject, ...] = ()
        self._asked_ms, self._known = asked_ms, known

    def decide(self, stored: Seen | None) -> Seen | None:
        """The row with what is new.

        Raises:
            OvertakenError: a later poller has seen the group.
        """
        self._check_turn(stored)
        base = stored or self._known
        seen = self._seen(base)
        self.to_record = seen.unrecorded
        is_same = stored is not None and (seen.unrecorded, seen.gone) == (stored.unrecorded, stored.gone)
        return None if is_same or len(_text(seen)) > MOST_BYTES else seen

    def _seen(self, base: Seen | None) -> Seen:
        """What is known of the group, with what is new."""
        before = () if base is None else base.unrecorded
        events = [event for event in observation.own_events(self._polled, self.group) if event not in before]
        status, at = self.group.status, self._moment(base)
        gone = status == observation.VANISHED
        if base is not None and (status == base.status or not self.group.described or (gone and _ended(base))):
            return base._replace(turn=self._turn, unrecorded=(*before, *events), gone=gone)
        changed = observation.state_event(self._polled, self.group, status, at)
        return Seen(status, at, self._turn, (*before, changed, *events), gone)

    def _moment(self, base: Seen | None) -> int:
        return self._asked_ms if base is None else max(self._asked_ms, base.at + MIN_STEP_MS)


class MarkRecorded(_GroupChange):
    """Events of a group are recorded."""

    def __init__(self, polled: PolledRegion, group: Group, turn: int, recorded: Sequence[JsonObject]) -> None:
        super().__init__(polled, group, turn)
        self._recorded = recorded

    def decide(self, stored: Seen | None) -> Seen | None:
        """The row without them.

        Raises:
            OvertakenError: a later poller has seen the group; it records them again.
        """
        self._check_turn(stored)
        if stored is None:
            return None
        return stored._replace(unrecorded=tuple(e for e in stored.unrecorded if e not in self._recorded))


def _ended(seen: Seen) -> bool:
    return observation.ended(seen.status)


def _text(seen: Seen) -> str:
    return json.dumps(seen._asdict(), separators=(",", ":"), sort_keys=True)


def _open_in(region: str, bucket: str) -> str:
    return hashed(f"{region}/{bucket}")
