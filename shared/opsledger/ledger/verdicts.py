"""Verdicts: whether what the cloud's API says of an event agrees with what arrived of it.

A verdict has a row of its own beside the record and changes nothing in it. It follows from three values: the steps that
the API named, the steps of the record that arrived by a push, and the time. So it may be given again at any time.
What the API does not list any more proves nothing: it forgets a finished event after thirty days.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from opsledger import strict_json
from opsledger.ledger import codec
from opsledger.ledger.commit import Change
from opsledger.store import Key
from opsledger.store.tables import VERDICTS, bucket, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from opsledger.store import Row, Value

DAY_MS = 86_400_000
AGAIN_MS = 3_600_000
"""How often a verdict that is no good one is looked at again."""
LATEST_PUSH_MS = DAY_MS
"""EventBridge delivers for a day at most; a push that was missed for so long does not come any more."""


class VerdictKind(str, Enum):
    """What is found of one event."""

    WAITING = "waiting"
    """The API names a step, and the push of it may still come."""
    AGREES = "agrees"
    BEFORE = "before"
    """It happened before the first round, so nobody knows whether a push was due."""
    MISSED = "missed"
    """The API names a step of which no push came in time."""
    LATE = "late"
    """The push came, but not in time."""
    DIFFERS = "differs"
    """The API says another status than the record has."""
    UNKNOWN = "unknown"
    """A push came, and the API does not know the event."""
    REFUSED = "refused"
    """What the API says is in quarantine."""


PROBLEMS = (VerdictKind.MISSED, VerdictKind.DIFFERS, VerdictKind.UNKNOWN)
"""What people should know of."""


class ApiStep(NamedTuple):
    """One step of an event that the API named.

    Attributes:
        key: of the transition.
        seen_at: when the API was first seen to name it, in ms.
        expected: whether a push of it had to come: not if it happened before the first round.
    """

    key: str
    status: str
    seen_at: int
    expected: bool


class EventVerdict(NamedTuple):
    """The row of one event. Moments in ms.

    Attributes:
        record: the key of its record; of what is in quarantine, the key that it would have.
        verdict: the present one; since: when it was first given with this note.
        status: the last one that the API named; empty where it knows none.
        digest: of what the API said last, so that the same is not recorded again.
        steps: what the API named so far, oldest first.
        note: what the verdict is about: the steps that were missed, or the record's other status.
        judge_at: when it is to be looked at again; None where nothing can change it but the API.
        notify_at: when people are to be notified; None where there is nothing to say.
    """

    record: str
    region: str
    resource_id: str
    verdict: VerdictKind
    since: int
    status: str = ""
    digest: str = ""
    steps: tuple[ApiStep, ...] = ()
    note: str = ""
    judge_at: int | None = None
    notify_at: int | None = None

    def with_step(self, status: str, digest: str, step: ApiStep | None, now_ms: int) -> EventVerdict:
        """The verdict, open again, after the API said something new of the event."""
        known = step is None or step.key in {each.key for each in self.steps}
        steps = self.steps if known or step is None else (*self.steps, step)
        return self._replace(status=status, digest=digest, steps=steps, judge_at=now_ms)

    def given(self, verdict: VerdictKind, note: str, now_ms: int, judge_at: int | None) -> EventVerdict:
        """The row with a verdict; people are notified of a problem, once."""
        if (verdict, note) == (self.verdict, self.note):
            return self._replace(judge_at=judge_at)
        notify_at = now_ms if verdict in PROBLEMS else None
        return self._replace(verdict=verdict, note=note, since=now_ms, judge_at=judge_at, notify_at=notify_at)


class Evidence(NamedTuple):
    """What is known of one event beside the API's word.

    Attributes:
        pushed: the keys of the API's steps of which a push came.
        status: that of the record.
        status_heard_at: when the record's present step was first received, in ms.
        asked_at: the API has been asked for everything since then, in ms.
    """

    pushed: Collection[str]
    status: str
    status_heard_at: int
    asked_at: int


def judge(row: EventVerdict, evidence: Evidence, patience_ms: int, now_ms: int) -> EventVerdict:
    """The row with the verdict that the evidence allows.

    Args:
        patience_ms: how long a push may take, and how long the API may name an earlier status.
    """
    due = [step for step in row.steps if step.expected and step.key not in evidence.pushed]
    missed = [step.status for step in due if step.seen_at + patience_ms <= now_ms]
    wait_until = min([step.seen_at + patience_ms for step in due if step.seen_at + patience_ms > now_ms], default=None)
    if evidence.status != row.status:
        settled_at = max([evidence.status_heard_at, *(step.seen_at for step in row.steps)]) + patience_ms
        if settled_at <= min(now_ms, evidence.asked_at):
            return row.given(VerdictKind.DIFFERS, f"the record says {evidence.status}", now_ms, _again(row, now_ms))
        wait_until = min(settled_at, wait_until or settled_at) if settled_at > now_ms else now_ms + patience_ms
    if missed:
        return row.given(VerdictKind.MISSED, ", ".join(missed), now_ms, wait_until or _again(row, now_ms))
    if wait_until is not None:
        return row.given(VerdictKind.WAITING, "", now_ms, wait_until)
    return row.given(_good(row, evidence), "", now_ms, None)


def _good(row: EventVerdict, evidence: Evidence) -> VerdictKind:
    if row.verdict in (VerdictKind.MISSED, VerdictKind.LATE):
        return VerdictKind.LATE
    heard = any(step.key in evidence.pushed for step in row.steps)
    return VerdictKind.AGREES if heard else VerdictKind.BEFORE


def _again(row: EventVerdict, now_ms: int) -> int | None:
    newest = max([step.seen_at for step in row.steps], default=row.since)
    return now_ms + AGAIN_MS if now_ms - newest < LATEST_PUSH_MS else None


# ----------------------------------------------------------------------------------------------------------- rows
def verdict_key(record: str) -> Key:
    """The key of the row of the event whose record is called `record`."""
    return Key(VERDICTS, (hashed(record),))


def read_verdict(row: Row) -> EventVerdict:
    """What a row says."""
    columns = row.columns
    steps = strict_json.read(str(columns.get("steps", "[]")))
    return EventVerdict(
        record=unhashed(str(row.key.values[0])),
        region=str(columns["region"]),
        resource_id=str(columns["resource_id"]),
        verdict=VerdictKind(str(columns["verdict"])),
        since=int(columns["since"]),
        status=str(columns.get("status", "")),
        digest=str(columns.get("digest", "")),
        steps=tuple(ApiStep(*step) for step in steps if isinstance(step, list)) if isinstance(steps, list) else (),
        note=str(columns.get("note", "")),
        judge_at=_moment(columns, "judge_at"),
        notify_at=_moment(columns, "notify_at"),
    )


def _moment(columns: Mapping[str, Value], name: str) -> int | None:
    return int(columns[name]) if name in columns else None


class VerdictChange(Change[EventVerdict]):
    """A change of one event's row; a subclass decides."""

    def __init__(self, record: str) -> None:
        self.key = verdict_key(record)

    def decode(self, row: Row) -> EventVerdict:
        """What the row says."""
        return read_verdict(row)

    def encode(self, stored: EventVerdict) -> Mapping[str, Value]:
        """The row's columns; a moment that there is none of has no column, and so no row in its index."""
        columns: dict[str, Value | None] = {
            "schema": codec.SCHEMA,
            "bucket": bucket(str(self.key.values[0])),
            "region": stored.region,
            "resource_id": stored.resource_id,
            "verdict": stored.verdict.value,
            "since": stored.since,
            "status": stored.status or None,
            "digest": stored.digest or None,
            "steps": strict_json.write([list(step) for step in stored.steps]) if stored.steps else None,
            "note": stored.note or None,
            "judge_at": stored.judge_at,
            "notify_at": stored.notify_at,
        }
        return {name: value for name, value in columns.items() if value is not None}
