"""From deliveries to messages: claim, take tokens, send, and note what the channel answered, in this order.

Few deliveries of a channel are a message each; many are one digest. A channel that keeps an alert for each record
(`Channel.dedups`) gets no digests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from opsledger.catalog.transition import SEVERITIES
from opsledger.errors import BadEventError, DamagedRowError
from opsledger.ledger import enrichment
from opsledger.ledger.commit import commit
from opsledger.ledger.quarantine import quarantine_key, read_quarantined
from opsledger.ledger.record import Record
from opsledger.ledger.rows import read_record, record_key
from opsledger.ledger.verdicts import PROBLEMS, read_verdict, verdict_key
from opsledger.notify import texts
from opsledger.notify.channels import CHANNELS, Limit
from opsledger.notify.deliveries import (
    MUTED,
    OVERTAKEN,
    THROTTLED_S,
    Answered,
    Claim,
    Dispatch,
    delivery_key,
    read_delivery,
)
from opsledger.notify.exchange import SENT, Receipt, Result
from opsledger.notify.limits import MINUTE_S, TOKEN_MS, BlockAddress, TakeTokens, mute_key, muted_until
from opsledger.notify.message import MAX_PAGES
from opsledger.notify.network import ForbiddenTargetError, NoResponseError
from opsledger.notify.plan import StageKind, stage_of, stages_of
from opsledger.notify.texts import Audience, Item
from opsledger.store import read_rows
from opsledger.store.buckets import walk_buckets
from opsledger.store.tables import DELIVERIES_DUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from opsledger.deadline import Deadline
    from opsledger.notify.channels import Channel, Target
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.exchange import Request, Response
    from opsledger.notify.message import Message
    from opsledger.notify.texts import Subject
    from opsledger.store import Key, Row, Store

    class Sends(Protocol):
        """Sends one request, as `http.Sender` does."""

        def send(self, request: Request) -> Response:
            """The answer."""


MOST_SINGLE: Final = 3
"""A chat channel gets so many messages at once; more become one digest."""
BURST: Final = Limit(MAX_PAGES, MINUTE_S)
"""A chat channel gets so many messages in a minute: what comes more is one digest when there is room again. So a storm
is three messages, however often the notifier runs meanwhile."""
MOST_IN_DIGEST: Final = 1000
SEND_RESERVE_S: Final = 45.0
"""No message is begun with less time: three pages at 15 s each."""
LONGEST_WAIT_MS: Final = 3000
"""So long a message waits for its token within an invocation."""


class Sending:
    """One run of the sender.

    Attributes:
        done: the deliveries that it handled, as they were noted.
        late: how many claims another worker had taken over meanwhile.
    """

    def __init__(self, store: Store, config: NotifyConfig, sender: Sends, deadline: Deadline, worker: str) -> None:
        self._store, self._config, self._sender = store, config, sender
        self._deadline, self._worker = deadline, worker
        self.done: list[Dispatch] = []
        self.late = 0

    def run(self, keys: Iterable[Key]) -> None:
        """Send everything that is due, as far as time allows.

        Args:
            keys: deliveries just planned, which the index may not have yet.

        Raises:
            WorldFailedError: the store failed until time was up; the next run goes on.
        """
        now = self._now()
        indexed = self._deadline.retry(
            lambda: [row.key for row in walk_buckets(self._store, DELIVERIES_DUE, end=(now + 1,))]
        )
        found = [read_delivery(row) for row in self._read((*keys, *indexed)).values()]
        due = [d for d in found if d.due_at is not None and d.due_at <= now]
        by_channel: dict[str, list[Dispatch]] = {}
        for delivery in sorted(due, key=lambda d: (-SEVERITIES.index(d.stage.severity), d.planned_at, d.id)):
            by_channel.setdefault(delivery.channel, []).append(delivery)
        for name, deliveries in by_channel.items():
            for bundle in self._bundles(name, deliveries):
                if self._deadline.remaining() < SEND_RESERVE_S:
                    return
                self._send(name, bundle)

    def _bundles(self, name: str, deliveries: Sequence[Dispatch]) -> Iterator[Sequence[Dispatch]]:
        channel = self._config.channels.get(name)
        single = channel is None or CHANNELS[channel.channel].dedups or len(deliveries) <= MOST_SINGLE
        size = 1 if single and channel is not None else MOST_IN_DIGEST
        for first in range(0, len(deliveries), size):
            yield deliveries[first : first + size]

    def _send(self, name: str, bundle: Sequence[Dispatch]) -> None:
        claims = [Claim(delivery_key(d.id), self._worker, self._now()) for d in bundle]
        commit(self._store, claims, self._deadline, self._worker)
        claimed = [claim.claimed for claim in claims if claim.claimed is not None]
        if name not in self._config.channels:
            unknown = Receipt(Result.REFUSED, "", "the configuration has no such channel")
            self._note([(d, d.answered(unknown, self._now(), "")) for d in claimed])
            return
        items = self._items(claimed)
        if items:
            self._deliver(name, items)

    def _items(self, claimed: Sequence[Dispatch]) -> list[tuple[Dispatch, Item]]:
        """The deliveries with their subjects as they are now; those that are overtaken or muted are noted so."""
        keys = {d.id: _subject_key(d) for d in claimed}
        mutes = {mute_key(d.subject): d.subject for d in claimed}
        rows = self._read([*(key for key in keys.values() if key is not None), *mutes])
        muted = {subject for key, subject in mutes.items() if key in rows and muted_until(rows[key]) > self._now()}
        kept, dropped = [], []
        for delivery in claimed:
            if delivery.subject in muted:
                dropped.append((delivery, delivery.dropped(MUTED)))
                continue
            key = keys[delivery.id]
            subject = delivery.subject if key is None else self._current(delivery, rows.get(key))
            if subject is None:
                dropped.append((delivery, delivery.dropped(OVERTAKEN)))
            else:
                kept.append((delivery, Item(delivery.id, delivery.stage, subject)))
        self._note(dropped)
        return self._enriched(kept)

    def _enriched(self, items: Sequence[tuple[Dispatch, Item]]) -> list[tuple[Dispatch, Item]]:
        """The items with what is known of their records besides the events."""
        keys = {item.id: enrichment.keys_of(item.subject) for _, item in items if isinstance(item.subject, Record)}
        rows = enrichment.read_all(self._store, [key for own in keys.values() for key in own], self._deadline)
        return [
            (d, item._replace(known=enrichment.from_rows(keys[item.id], rows)) if item.id in keys else item)
            for d, item in items
        ]

    def _current(self, delivery: Dispatch, row: Row | None) -> Subject | None:
        """The subject of a delivery; None where what it would say no longer holds."""
        if row is None:
            return None
        if delivery.stage.kind is StageKind.QUARANTINE:
            try:
                entry = read_quarantined(row)
            except DamagedRowError:  # nor does it keep the other deliveries from being sent
                return None
            return entry if entry.resolved is None else None
        if delivery.stage.kind is StageKind.VERDICT:
            verdict = read_verdict(row)
            holds = verdict.verdict in PROBLEMS and stage_of(verdict).name == delivery.stage.name
            return verdict if holds else None
        try:
            record = read_record(row)
            names = {stage.name for stage in stages_of(record, self._config.reminders, self._now())}
        except (LookupError, BadEventError, DamagedRowError):
            return None
        return record if delivery.stage.name in names else None

    def _deliver(self, name: str, items: Sequence[tuple[Dispatch, Item]]) -> None:
        configured = self._config.channels[name]
        target, channel = configured.target(name), CHANNELS[configured.channel]
        audience, now = Audience.of(configured, self._config), self._now()
        repeat = any(delivery.unsure for delivery, _ in items)
        written = [item for _, item in items]
        if len(items) == 1:
            message = texts.message(written[0], audience, now, repeat=repeat)
        else:
            groups = {delivery.group for delivery, _ in items}
            group = groups.pop() if len(groups) == 1 else "events"
            message = texts.digest(written, audience, now, group, repeat=repeat)
        post = Post(self._store, self._sender, self._deadline, self._worker)
        limits = channel.limits if channel.dedups else (*channel.limits, BURST)
        receipt, pages = post.send(channel._replace(limits=limits), target, message)
        if receipt is None:
            free_at = post.free_at
            self._note([(d, d.put_back(free_at)) for d, _ in items])
            return
        at = self._now()
        self._note([(d, d.answered(receipt, at, message.id, partly=pages > 0)) for d, _ in items])

    def _note(self, changed: Sequence[tuple[Dispatch, Dispatch]]) -> None:
        changes = [Answered(before, after) for before, after in changed]
        commit(self._store, changes, self._deadline, self._worker)
        self.late += sum(change.late for change in changes)
        self.done += [after for (_, after), change in zip(changed, changes, strict=True) if not change.late]

    def _now(self) -> int:
        return self._deadline.clock.now_ms()

    def _read(self, keys: Iterable[Key]) -> dict[Key, Row]:
        return {row.key: row for row in read_rows(self._store, dict.fromkeys(keys), self._deadline)}


def _subject_key(delivery: Dispatch) -> Key | None:
    """The row of what a delivery is about; None for a silent source, which is known by its name."""
    if delivery.stage.kind is StageKind.SILENCE:
        return None
    if delivery.stage.kind is StageKind.QUARANTINE:
        return quarantine_key(delivery.subject)
    if delivery.stage.kind is StageKind.VERDICT:
        return verdict_key(delivery.subject)
    return record_key(delivery.subject)


class Post:
    """Sends the pages of one message, each after its token was taken.

    Attributes:
        free_at: when the next token is to be had, in ms, where there was none for the first page.
    """

    def __init__(self, store: Store, sender: Sends, deadline: Deadline, worker: str) -> None:
        self._store, self._sender, self._deadline, self._worker = store, sender, deadline, worker
        self.free_at = 0

    def send(self, channel: Channel, target: Target, message: Message) -> tuple[Receipt | None, int]:
        """What the channel answered, and how many pages arrived; None where the channel may get nothing now.

        Raises:
            WorldFailedError: no token could be taken.
        """
        try:
            number = len(channel.requests(target, message, self._deadline.clock.now_ms()))
        except ValueError as error:
            return Receipt(Result.REFUSED, "", f"cannot be written: {error}"), 0
        at_once = min([limit.count for limit in channel.limits], default=number)
        for page in range(number):
            if page % at_once == 0 and not self._take(channel, target, min(at_once, number - page), number - page):
                if page == 0:
                    return None, 0
                wait = (self.free_at - self._deadline.clock.now_ms()) // 1000 + 1
                return Receipt(Result.THROTTLED, "", "no token for the next page", wait), page
            receipt = self._post(channel, target, message, page)
            if receipt.result is not Result.SENT:
                self._keep_block(target, receipt)
                return receipt, page
        return SENT, number

    def _take(self, channel: Channel, target: Target, wanted: int, ahead: int) -> bool:
        clock = self._deadline.clock
        for _ in range(2):
            now = clock.now_ms()
            take = TakeTokens(target, channel.limits, wanted, now, ahead=ahead)
            commit(self._store, [take], self._deadline, self._worker)
            if take.free_at is None and clock.now_ms() - now <= TOKEN_MS:
                return True
            self.free_at = take.free_at or clock.now_ms()
            wait_ms = self.free_at - clock.now_ms()
            if wait_ms > LONGEST_WAIT_MS:
                return False
            clock.sleep(max(wait_ms, 0) / 1000)
        return False

    def _post(self, channel: Channel, target: Target, message: Message, page: int) -> Receipt:
        # Signed again for each page: a signature holds for a moment.
        request = channel.requests(target, message, self._deadline.clock.now_ms())[page]
        try:
            return channel.verdict(self._sender.send(request))
        except ForbiddenTargetError as error:
            return Receipt(Result.REFUSED, "", str(error))
        except NoResponseError as error:
            return Receipt(Result.THROTTLED if error.before_sending else Result.UNKNOWN, "", str(error))

    def _keep_block(self, target: Target, receipt: Receipt) -> None:
        """Where the service says that messages come too fast, no other instance sends to it before it may."""
        if receipt.result is Result.THROTTLED and receipt.code:
            wait = max(receipt.retry_after_s or 0, THROTTLED_S)
            until = self._deadline.clock.now_ms() + wait * 1000
            commit(self._store, [BlockAddress(target, until)], self._deadline, self._worker)
