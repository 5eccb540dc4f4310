"""Read the refused payloads, and replay them: give them to the pipeline again.

An entry waits until a replay accepts it. The replay marks it with the time and the outcome of each delivery inside, and
from then on it is listed only on request. It is never removed. The index by reason keeps waiting and resolved entries
apart, so the cost of a list depends only on what waits.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from opsctl.errors import NotThereError
from opsledger import pipeline
from opsledger.errors import DamagedRowError, NewerRowError
from opsledger.intake.understand import Refused, understand
from opsledger.ledger import refused
from opsledger.ledger.changes import CountRefusals, QuarantineChange
from opsledger.ledger.commit import commit
from opsledger.ledger.quarantine import Quarantined, quarantine_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsledger.deadline import Deadline
    from opsledger.store import Store

KEPT_OUTCOMES = 100
"""Outcomes of a replayed batch that are kept with the entry; the log and the ledger have all of them."""


class Became(NamedTuple):
    """The outcome of one delivery inside a replayed payload; `subject` is its record, or why it is still refused."""

    outcome: str
    subject: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of replaying one entry.

    Attributes:
        resolved: when it was accepted, in ms; None if it still waits.
        again: whether an earlier replay accepted it, so that nothing was done.
    """

    digest: str
    reason: str
    became: tuple[Became, ...]
    resolved: int | None
    again: bool = False


def find(store: Store, digest: str) -> Quarantined:
    """Return the entry whose digest begins with `digest`, with its whole payload.

    Raises:
        NotThereError: no such entry, or more than one.
        DamagedRowError: its payload is not whole.
    """
    entry = refused.whole(store, _named(store, digest))
    if entry is None:
        _not_there(digest)
    return entry


def _named(store: Store, digest: str) -> str:
    """The digest that begins with `digest`; a whole one need not be there."""
    found = [digest] if len(digest) == hashlib.sha256().digest_size * 2 else refused.digests(store, digest)
    if len(found) > 1:
        raise NotThereError(f"{len(found)} payloads begin with {digest!r}: give more of the digest")
    if not found:
        _not_there(digest)
    return found[0]


def _not_there(digest: str) -> NoReturn:
    raise NotThereError(f"no payload {digest!r} in quarantine; `opsledger quarantine list --all` lists them")


def replay(store: Store, digest: str, deadline: Deadline, writer: str) -> Replayed:
    """Give one entry to the pipeline again; if an earlier replay accepted it, do nothing.

    The deliveries are recorded first, and the entry is marked after that: the next replay repairs a crash between the
    two. If the payload can be opened now, each delivery inside that is refused becomes a separate entry.

    Args:
        writer: this replay's own id, as for `commit`.

    A payload that is not whole is not given to the pipeline, and waits on; so does one about a record
    that is damaged or that a newer version wrote.

    Raises:
        NotThereError: no such entry.
        WorldFailedError: the store failed for longer than the deadline.
    """
    name = _named(store, digest)
    try:
        return _replayed(store, find(store, name), deadline, writer)
    except (DamagedRowError, NewerRowError) as error:
        (head,) = refused.fetch(store, [quarantine_key(name)])
        return Replayed(name, head.reason, (Became("quarantined", str(error)),), None)


def _replayed(store: Store, entry: Quarantined, deadline: Deadline, writer: str) -> Replayed:
    if entry.resolved is not None:
        return Replayed(entry.digest, entry.reason, _became(entry), entry.resolved, again=True)
    now = deadline.clock.now_ms()
    understood = understand(entry.payload, entry.first_received)
    waiting = {id(item): pipeline.quarantined(item, now) for item in understood if isinstance(item, Refused)}
    report = pipeline.record([n for n in understood if not isinstance(n, Refused)], store, deadline, writer)
    recorded = iter(report.entries)
    became = tuple(
        Became("quarantined", f"{item.error.reason}: {item.error}")
        if isinstance(item, Refused)
        else Became(next(recorded).disposition.value, item.record.key)
        for item in understood
    )
    own = next((one for one in waiting.values() if one.digest == entry.digest), None)
    inside = {one.digest: one for one in waiting.values() if one.digest != entry.digest}
    resolved = None if own else now
    mark = _MarkReplayed(entry.digest, own, resolved, became)
    commit(store, [*(_AddRefused(one) for one in inside.values()), mark], deadline, writer)
    return Replayed(entry.digest, own.reason if own else entry.reason, became, resolved)


def _became(entry: Quarantined) -> tuple[Became, ...]:
    return tuple(Became(outcome, subject) for outcome, subject in entry.became)


class _MarkReplayed(QuarantineChange):
    """One entry after a replay: resolved, or refused again for the reason of `refused`."""

    def __init__(
        self, digest: str, refused: Quarantined | None, resolved: int | None, became: Sequence[Became]
    ) -> None:
        self.key = quarantine_key(digest)
        self._refused, self._resolved = refused, resolved
        self._became = tuple(became[:KEPT_OUTCOMES])

    def decide(self, stored: Quarantined | None) -> Quarantined | None:
        """Mark the entry, unless another replay has resolved it."""
        if stored is None or stored.resolved is not None:
            return stored
        entry = stored._replace(replays=stored.replays + 1)
        if self._refused is None:
            return entry._replace(resolved=self._resolved, became=self._became)
        return entry._replace(reason=self._refused.reason, errors=self._refused.errors, form=self._refused.form)


class _AddRefused(CountRefusals):
    """A refused delivery inside a replayed payload: it becomes a separate entry, counted once."""

    def decide(self, stored: Quarantined | None) -> Quarantined:
        """The entry, where there is none."""
        return self.entry if stored is None else stored
