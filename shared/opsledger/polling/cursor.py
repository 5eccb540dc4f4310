"""The cursor of one region: how far a poller has read, stored so that a round is resumed where it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opsledger import timestamps
from opsledger.errors import WorldFailedError
from opsledger.ledger.codec import SCHEMA
from opsledger.ledger.commit import Change, commit
from opsledger.store import Key
from opsledger.store.tables import CURSORS, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store, Value

MINUTE_MS = 60_000
FIRST_PAUSE_MS = 5 * MINUTE_MS
LONGEST_PAUSE_MS = 20 * MINUTE_MS
"""A third of the hour for which ECI lists a group that has ended; what else is polled is listed for longer."""
MOST_FAILURES = 6
"""So many invocations in a row that store no page give their round up."""
MOST_REASON = 500
LONGEST_WINDOW_MS = 24 * 60 * MINUTE_MS
"""A round that is given up moves the high-water mark only if the mark is further back than this."""


class Cursor(NamedTuple):
    """How far a poller has read in one region. Moments are in ms.

    Attributes:
        high_water: everything before this moment has been read; None before the first round.
        round_began: when the round in progress began; None between rounds.
        next_token: the page to read next.
        missing_after: once all pages are read, how far what is on no page has been looked for.
        turn: grows with every invocation that takes the cursor. A poller leaves alone what a later one has written.
        invocations: how many invocations this round has had.
        restarts: how often a page token was refused in this round.
        failures: how many invocations in a row have stored no page.
        given_up: how many rounds in a row were given up.
        not_before: no invocation reads before this moment.
        reason: why the last invocation failed, or the last round was given up.
        stage: the part of the round in progress, for a poller that has several; None for the first.
    """

    high_water: int | None = None
    round_began: int | None = None
    next_token: str | None = None
    missing_after: str | None = None
    turn: int = 0
    invocations: int = 0
    restarts: int = 0
    failures: int = 0
    given_up: int = 0
    not_before: int | None = None
    reason: str | None = None
    stage: str | None = None

    def taken(self, now: int) -> Cursor:
        """The cursor when an invocation begins: it resumes the round, or begins one.

        A turn is at least the time, so it grows also where the cursor was lost and the journal was not.
        """
        began = now if self.round_began is None else self.round_began
        turn = max(self.turn + 1, now)
        return self._replace(round_began=began, turn=turn, invocations=self.invocations + 1, not_before=None)

    def advanced(self, *, next_token: str | None, missing_after: str | None, stage: str | None = None) -> Cursor:
        """The cursor after a page."""
        return self._replace(next_token=next_token, missing_after=missing_after, stage=stage, failures=0, reason=None)

    def finished(self) -> Cursor:
        """The cursor after the round."""
        return Cursor(high_water=self.round_began, turn=self.turn)

    def failed(self, reason: str, now: int) -> Cursor:
        """The cursor after an invocation that failed: the round is resumed, after a pause if it fails again."""
        reason, failures = _kept(reason), self.failures + 1
        if failures >= MOST_FAILURES:
            return self.abandoned(f"{failures} invocations failed in a row, the last one: {reason}", now)
        return self._replace(failures=failures, reason=reason, not_before=_pause(failures - 1, now))

    def abandoned(self, reason: str, now: int) -> Cursor:
        """The cursor after the round is given up: the next one begins with the first page, after a pause."""
        mark, began, reason = self.high_water, self.round_began, _kept(reason)
        if mark is not None and began is not None and began - mark > LONGEST_WINDOW_MS:
            lost = f"events from {timestamps.show(mark)} to {timestamps.show(began)} may be missing"
            mark, reason = began, f"{reason}; {lost}"
        rounds = self.given_up + 1
        return Cursor(mark, turn=self.turn, given_up=rounds, not_before=_pause(rounds, now), reason=reason)


def _kept(reason: str) -> str:
    """The reason as it can be stored: it may have texts from outside."""
    return reason[:MOST_REASON].encode("ascii", "backslashreplace").decode()


def _pause(times: int, now: int) -> int | None:
    """Until when to wait: not at all at first, then twice as long each time."""
    return now + min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (min(times, 10) - 1)) if times else None


class OvertakenError(WorldFailedError):
    """Another invocation of the poller reads the same region; it goes on, and this one stops."""

    retryable = False


class Cursors:
    """Loads and moves the cursor of one region.

    Args:
        writer: the invocation's request id, as for `commit`.
        product: what is polled there.
    """

    def __init__(self, store: Store, region: str, deadline: Deadline, writer: str, product: str = "eci") -> None:
        self._store, self._region, self._deadline, self._writer = store, region, deadline, writer
        self._key = Key(CURSORS, (hashed(f"{product}:{region}"),))
        self._stored: Cursor | None = None

    def load(self) -> Cursor:
        """The stored cursor; a fresh one where there is none."""
        row = self._deadline.retry(lambda: self._store.read([self._key])).get(self._key)
        self._stored = None if row is None else read_cursor(row)
        return self._stored or Cursor()

    def save(self, cursor: Cursor) -> Cursor:
        """Store `cursor` over the one that was loaded or saved last.

        Raises:
            OvertakenError: another poller has moved the cursor since.
            WorldFailedError: the store failed for longer than there was time.
        """
        if cursor != self._stored:
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
        return read_cursor(row)

    def encode(self, stored: Cursor) -> Mapping[str, Value]:
        """The cursor's columns; what is None or zero has none."""
        columns = {name: value for name, value in stored._asdict().items() if value is not None and value != 0}
        return {"schema": SCHEMA, **columns}

    def decide(self, stored: Cursor | None) -> Cursor:
        """The wanted cursor, if the stored one is still the expected one."""
        if stored != self._expected:
            raise OvertakenError(f"another poller reads {self._region}")
        return self._wanted


_TEXTS = ("next_token", "missing_after", "reason", "stage")


def read_cursor(row: Row) -> Cursor:
    """The cursor in a row of any version; version 0.1 knew the first three fields alone."""
    found = {name: row.columns[name] for name in Cursor._fields if name in row.columns}
    return Cursor(**{name: str(value) if name in _TEXTS else int(value) for name, value in found.items()})  # type: ignore[arg-type]
