"""The cursor of one region: how far the poller has read, stored so that a round is resumed where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import WorldFailedError
from opsledger.ledger.codec import SCHEMA
from opsledger.ledger.commit import Change, commit
from opsledger.store import Key
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store, Value


class Cursor(NamedTuple):
    """How far the poller has read in one region.

    Attributes:
        high_water: everything before this moment (ms) has been read; None before the first round.
        round_began: when the round in progress began, in ms; None between rounds.
        next_token: the page to read next.
    """

    high_water: int | None = None
    round_began: int | None = None
    next_token: str | None = None


class OvertakenError(WorldFailedError):
    """Another invocation of the poller reads the same region; it goes on, and this one stops."""

    retryable = False


class Cursors:
    """Loads and moves the cursor of one region.

    Args:
        writer: the invocation's request id, as for `commit`.
    """

    def __init__(self, store: Store, region: str, deadline: Deadline, writer: str) -> None:
        self._store, self._region, self._deadline, self._writer = store, region, deadline, writer
        self._key = Key(CURSORS, (hashed(f"eci:{region}"),))
        self._stored: Cursor | None = None

    def load(self) -> Cursor:
        """The stored cursor; a fresh one where there is none."""
        row = self._deadline.retry(lambda: self._store.read([self._key])).get(self._key)
        self._stored = None if row is None else _decode(row)
        return self._stored or Cursor()

    def save(self, cursor: Cursor) -> Cursor:
        """Store `cursor` over the one that was loaded or saved last.

        Raises:
            OvertakenError: another poller has moved the cursor since.
            WorldFailedError: the store failed for longer than there was time.
        """
        move = _MoveCursor(self._key, self._stored, cursor, self._region)
        commit(self._store, [move], self._deadline, self._writer)
        self._stored = cursor
        return cursor


class _MoveCursor(Change[Cursor]):
    def __init__(self, key: Key, expected: Cursor | None, wanted: Cursor, region: str) -> None:
        self.key = key
        self._expected, self._wanted, self._region = expected, wanted, region

    def decode(self, row: Row) -> Cursor:
        """The cursor in the row."""
        return _decode(row)

    def encode(self, stored: Cursor) -> Mapping[str, Value]:
        """The cursor's columns; what is None has none."""
        columns = {"schema": SCHEMA, **stored._asdict()}
        return {name: value for name, value in columns.items() if value is not None}

    def decide(self, stored: Cursor | None) -> Cursor:
        """The wanted cursor, if the stored one is still the expected one."""
        if stored != self._expected:
            raise OvertakenError(f"another poller reads {self._region}")
        return self._wanted


def _decode(row: Row) -> Cursor:
    columns = row.columns
    token = columns.get("next_token")
    return Cursor(
        _moment(columns, "high_water"), _moment(columns, "round_began"), None if token is None else str(token)
    )


def _moment(columns: Mapping[str, Value], name: str) -> int | None:
    value = columns.get(name)
    return None if value is None else int(value)
