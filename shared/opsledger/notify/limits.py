"""How many messages a channel may still get, over all instances of the notifier, and which records are muted.

Every message needs a token, which a conditional write takes before the message is sent. It is never given back: also a
message without an answer may have arrived, and counts. The tokens are the moments of the last messages, so the limit
holds in every span of time, and not only in every minute of the clock.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import strict_json
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.store import Key
from opsledger.store.tables import NOTIFY_LIMITS, hashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opsledger.notify.channels import Limit, Target
    from opsledger.store import Row, Value

MINUTE_S: Final = 60
REQUEST_MS: Final = 15_000
"""The longest time of a request."""
TOKEN_MS: Final = 5_000
"""A token is for a message that is sent at once. One that took longer to write is not used."""
MARGIN_MS: Final = TOKEN_MS + REQUEST_MS
"""A message may arrive so long after the moment of its token. So a window of a minute or more is that much longer
here."""
SHORT_MARGIN_MS: Final = 250
"""The same for shorter windows: their services allow short bursts (docs.slack.dev, "Rate limits")."""


class Sent(NamedTuple):
    """When messages were sent to one address, in ms, and until when the service takes none."""

    moments: tuple[int, ...] = ()
    blocked_until: int = 0


def free_at(sent: Sent, limits: Sequence[Limit], wanted: int, now_ms: int) -> int:
    """From when on `wanted` messages may be sent, one after the other; `now_ms` if now.

    A limit that allows fewer at once has to have all of its room; the rest follows as soon as it allows.
    """
    moment = max(now_ms, sent.blocked_until)
    for limit in limits:
        room = max(limit.count - wanted, 0)
        newest = sorted(sent.moments)
        if len(newest) > room:
            moment = max(moment, newest[-room - 1] + window_ms(limit))
    return moment


def window_ms(limit: Limit) -> int:
    """The span of a limit with its margin."""
    return limit.seconds * 1000 + (MARGIN_MS if limit.seconds >= MINUTE_S else SHORT_MARGIN_MS)


class _SentChange(Change[Sent]):
    """A change of the row of one address; a subclass decides."""

    def __init__(self, target: Target) -> None:
        self.key = limit_key(target)

    def decode(self, row: Row) -> Sent:
        """When messages were sent."""
        moments = strict_json.read(str(row.columns["moments"]))
        assert isinstance(moments, list)
        return Sent(tuple(m for m in moments if isinstance(m, int)), int(row.columns["blocked_until"]))

    def encode(self, stored: Sent) -> Mapping[str, Value]:
        """The row's columns."""
        return {
            "schema": codec.SCHEMA,
            "moments": strict_json.write(stored.moments),
            "blocked_until": stored.blocked_until,
        }


class TakeTokens(_SentChange):
    """Tokens for some messages are taken, all or none.

    Args:
        wanted: how many are taken; `ahead`: for how many there has to be room before the first is sent.

    Attributes:
        free_at: when they can be taken, in ms; None where they were.
    """

    def __init__(self, target: Target, limits: Sequence[Limit], wanted: int, now_ms: int, *, ahead: int = 0) -> None:
        super().__init__(target)
        self.free_at: int | None = None
        self._limits, self._wanted, self._now_ms = limits, wanted, now_ms
        self._ahead = max(wanted, ahead)

    def decide(self, stored: Sent | None) -> Sent | None:
        """The moments with those of the new messages."""
        sent = stored or Sent()
        at = free_at(sent, self._limits, self._ahead, self._now_ms)
        self.free_at = at if at > self._now_ms else None
        if self.free_at is not None:
            return stored
        longest = max(map(window_ms, self._limits), default=0)
        recent = tuple(m for m in sent.moments if m > self._now_ms - longest)
        return Sent((*recent, *[self._now_ms] * self._wanted), sent.blocked_until)


class BlockAddress(_SentChange):
    """The service says that it takes nothing until a moment, in ms."""

    def __init__(self, target: Target, until: int) -> None:
        super().__init__(target)
        self._until = until

    def decide(self, stored: Sent | None) -> Sent:
        """The row with that moment."""
        sent = stored or Sent()
        return sent._replace(blocked_until=max(sent.blocked_until, self._until))


def limit_key(target: Target) -> Key:
    """The key of the row of a target's address: two channels with one address share a limit. It does not show it."""
    address = hashlib.sha256(f"{target.kind}\n{target.url}\n{'' if target.url else target.secret}".encode()).hexdigest()
    return Key(NOTIFY_LIMITS, (hashed(f"sent:{address[:32]}"),))


class Mute(Change[int]):
    """Nothing is sent of one record until a moment, in ms."""

    def __init__(self, record: str, until: int) -> None:
        self.key = mute_key(record)
        self._until = until

    def decode(self, row: Row) -> int:
        """Until when."""
        return muted_until(row)

    def encode(self, stored: int) -> Mapping[str, Value]:
        """The row's columns."""
        return {"schema": codec.SCHEMA, "until": stored}

    def decide(self, stored: int | None) -> int:  # noqa: ARG002 - the newest word counts
        """The moment."""
        return self._until


def mute_key(record: str) -> Key:
    """The key of the row that mutes a record."""
    return Key(NOTIFY_LIMITS, (hashed(f"mute:{record}"),))


def muted_until(row: Row) -> int:
    """Until when a record is muted, in ms."""
    return int(row.columns["until"])
