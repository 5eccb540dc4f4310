"""Deliveries: rows that say what became of each intent, and the changes that claim and answer them.

    pending ──► claimed ──► sent | refused | given up
       ▲           │
       └───────────┘ too fast, or no answer: later again

A worker claims a delivery before it sends, under a lease. Only the owner of the claim may answer it, so a worker that
comes back after its lease is over and another one has claimed it is refused. A claim that nobody answered may have been
sent: the next message says that it may be a repeat. Nothing is marked as sent before the channel has said so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from opsledger import strict_json
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.notify.exchange import Receipt, Result
from opsledger.notify.plan import Stage, StageKind
from opsledger.store import Key
from opsledger.store.tables import DELIVERIES, bucket, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.notify.plan import Intent
    from opsledger.store import Row, Value

PENDING: Final = "pending"
CLAIMED: Final = "claimed"
SENT: Final = "sent"
REFUSED: Final = "refused"
GIVEN_UP: Final = "given up"
OVERTAKEN: Final = "overtaken"
MUTED: Final = "muted"
STATES: Final = (PENDING, CLAIMED, SENT, REFUSED, GIVEN_UP, OVERTAKEN, MUTED)
"""Every state of a delivery; those after `CLAIMED` are final."""

LEASE_MS: Final = 180_000
"""Longer than an invocation of the notifier may take, so that its claims end after it."""
_S: Final = 1000
WAITS_S: Final = (60, 300, 1800, 7200, 18_000, 36_000)
"""After an attempt without a clear answer, as github.com/standard-webhooks/standard-webhooks suggests; then it is given
up."""
THROTTLED_S: Final = 60
GIVE_UP_MS: Final = 24 * 3_600_000
"""A channel that is too fast for a day gets it no more."""
MOST_ANSWERS: Final = 10


class ChannelAnswer(NamedTuple):
    """One attempt: when, what became of it, the channel's code, and its words without control characters."""

    at: int
    result: str
    code: str
    note: str


class Dispatch(NamedTuple):
    """One intent, and what became of it. Moments are in ms.

    Attributes:
        id, subject, channel, group: as in `Intent`; stage likewise, less when it was to be sent.
        due_at: when it is to be sent, or claimed again; None once it is final.
        owner: the worker that claims it.
        attempts: how often it was claimed.
        unsure: whether an attempt without an answer may have arrived.
        message: the id of the last message that it was part of.
    """

    id: str
    subject: str
    stage: Stage
    channel: str
    group: str
    state: str
    planned_at: int
    due_at: int | None
    owner: str = ""
    attempts: int = 0
    unsure: bool = False
    answers: tuple[ChannelAnswer, ...] = ()
    message: str = ""
    sent_at: int | None = None

    def claimed(self, owner: str, now_ms: int) -> Dispatch | None:
        """The delivery while `owner` sends it; None where it is not due."""
        if self.due_at is None or self.due_at > now_ms:
            return None
        return self._replace(
            state=CLAIMED,
            owner=owner,
            due_at=now_ms + LEASE_MS,
            attempts=self.attempts + 1,
            unsure=self.unsure or self.state == CLAIMED,
        )

    def answered(self, receipt: Receipt, now_ms: int, message: str, *, partly: bool = False) -> Dispatch:
        """The delivery after an attempt.

        Args:
            partly: whether some pages of the message had arrived before.
        """
        answer = ChannelAnswer(now_ms, receipt.result.value, receipt.code, receipt.note)
        unsure = self.unsure or partly or receipt.result is Result.UNKNOWN
        after = self._replace(owner="", message=message, answers=(*self.answers, answer)[-MOST_ANSWERS:], unsure=unsure)
        if receipt.result is Result.SENT:
            return after._replace(state=SENT, due_at=None, sent_at=now_ms)
        if receipt.result is Result.REFUSED:
            return after._replace(state=REFUSED, due_at=None)
        wait = self._wait(receipt)
        if wait is None or now_ms - self.planned_at >= GIVE_UP_MS:
            return after._replace(state=GIVEN_UP, due_at=None)
        return after._replace(state=PENDING, due_at=now_ms + wait * _S)

    def _wait(self, receipt: Receipt) -> int | None:
        """The seconds until the next attempt; None where there is to be none."""
        if receipt.result is Result.THROTTLED:
            return max(receipt.retry_after_s or 0, THROTTLED_S)
        unclear = sum(answer.result == Result.UNKNOWN.value for answer in self.answers)
        return max(receipt.retry_after_s or 0, WAITS_S[unclear]) if unclear < len(WAITS_S) else None

    def put_back(self, due_at: int) -> Dispatch:
        """The delivery as before the claim, to be claimed again at `due_at`: nothing was sent."""
        return self._replace(state=PENDING, owner="", due_at=due_at, attempts=self.attempts - 1)

    def dropped(self, state: str) -> Dispatch:
        """The delivery in a final state without an attempt."""
        return self._replace(state=state, owner="", due_at=None, attempts=max(self.attempts - 1, 0))

    def again(self, now_ms: int) -> Dispatch:
        """The delivery to be sent once more, because a person says so."""
        return self._replace(state=PENDING, owner="", due_at=now_ms, answers=(), planned_at=now_ms)


def planned(intent: Intent, now_ms: int, *, muted: bool) -> Dispatch:
    """The delivery of an intent before anything is sent."""
    return Dispatch(
        intent.id,
        intent.subject,
        intent.stage,
        intent.channel,
        intent.group,
        MUTED if muted else PENDING,
        now_ms,
        None if muted else intent.send_at,
    )


# ----------------------------------------------------------------------------------------------------------- rows
def delivery_key(id_: str) -> Key:
    """The key of the row of the delivery with that id."""
    return Key(DELIVERIES, (hashed(id_),))


def delivery_columns(delivery: Dispatch) -> dict[str, Value]:
    """The columns of a delivery, less those of `commit`."""
    columns: dict[str, Value | None] = {
        "schema": codec.SCHEMA,
        "bucket": bucket(hashed(delivery.id)),
        "subject": delivery.subject,
        "kind": delivery.stage.kind.value,
        "stage": delivery.stage.name,
        "severity": delivery.stage.severity,
        "channel": delivery.channel,
        "group": delivery.group,
        "state": delivery.state,
        "planned_at": delivery.planned_at,
        "due_at": delivery.due_at,
        "owner": delivery.owner or None,
        "attempts": delivery.attempts,
        "unsure": delivery.unsure,
        "answers": strict_json.write(delivery.answers),
        "message": delivery.message or None,
        "sent_at": delivery.sent_at,
    }
    return {name: value for name, value in columns.items() if value is not None}


def read_delivery(row: Row) -> Dispatch:
    """The delivery in a row."""
    columns = row.columns
    kind = StageKind(str(columns["kind"]))
    return Dispatch(
        id=unhashed(str(row.key.values[0])),
        subject=str(columns["subject"]),
        stage=Stage(kind, str(columns["stage"]), 0, str(columns["severity"])),
        channel=str(columns["channel"]),
        group=str(columns["group"]),
        state=str(columns["state"]),
        planned_at=int(columns["planned_at"]),
        due_at=_moment(columns, "due_at"),
        owner=str(columns.get("owner", "")),
        attempts=int(columns["attempts"]),
        unsure=bool(columns["unsure"]),
        answers=_answers(str(columns["answers"])),
        message=str(columns.get("message", "")),
        sent_at=_moment(columns, "sent_at"),
    )


def _answers(text: str) -> tuple[ChannelAnswer, ...]:
    answers = strict_json.read(text)
    assert isinstance(answers, list)
    return tuple(ChannelAnswer(*answer) for answer in answers if isinstance(answer, list))


def _moment(columns: Mapping[str, Value], name: str) -> int | None:
    value = columns.get(name)
    return None if value is None else int(value)


# -------------------------------------------------------------------------------------------------------- changes
class DeliveryChange(Change[Dispatch]):
    """A change of one delivery's row; a subclass decides."""

    def decode(self, row: Row) -> Dispatch:
        """The delivery in the row."""
        return read_delivery(row)

    def encode(self, stored: Dispatch) -> Mapping[str, Value]:
        """The delivery's columns."""
        return delivery_columns(stored)


class PlanDelivery(DeliveryChange):
    """A delivery is planned, where it was not yet."""

    def __init__(self, delivery: Dispatch) -> None:
        self.key = delivery_key(delivery.id)
        self._delivery = delivery

    def decide(self, stored: Dispatch | None) -> Dispatch:
        """The delivery that is there, or the planned one."""
        return self._delivery if stored is None else stored


class Claim(DeliveryChange):
    """A worker claims a delivery.

    Attributes:
        claimed: the delivery, if the claim is this worker's.
    """

    def __init__(self, key: Key, owner: str, now_ms: int) -> None:
        self.key = key
        self.claimed: Dispatch | None = None
        self._owner, self._now_ms = owner, now_ms

    def decide(self, stored: Dispatch | None) -> Dispatch | None:
        """The claimed delivery."""
        self.claimed = None if stored is None else stored.claimed(self._owner, self._now_ms)
        return self.claimed


class Answered(DeliveryChange):
    """What became of a claim is noted, if it still is this worker's.

    Attributes:
        late: whether another worker has claimed it meanwhile, so that nothing was noted.
    """

    def __init__(self, before: Dispatch, after: Dispatch) -> None:
        self.key = delivery_key(before.id)
        self.late = False
        self._before, self._after = before, after

    def decide(self, stored: Dispatch | None) -> Dispatch | None:
        """The delivery after the attempt."""
        self.late = stored not in (self._before, self._after)
        return None if self.late else self._after


class SendAgain(DeliveryChange):
    """A person has a final delivery sent once more.

    Attributes:
        done: whether there is such a delivery.
    """

    def __init__(self, id_: str, now_ms: int) -> None:
        self.key = delivery_key(id_)
        self.done = False
        self._now_ms = now_ms

    def decide(self, stored: Dispatch | None) -> Dispatch | None:
        """The delivery, pending."""
        self.done = stored is not None and stored.due_at is None
        return stored.again(self._now_ms) if stored is not None and self.done else None
