"""Notifications as text and as JSON: previews, and what became of deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsctl.cli import terminal
from opsctl.cli.columns import EXTRA, Column
from opsctl.cli.language import said, t
from opsctl.cli.lookup import name_of
from opsctl.cli.moments import local, relative
from opsctl.notify import reason_not
from opsctl.notify_routing import routing
from opsledger import timestamps
from opsledger.notify import dialects
from opsledger.notify.message import pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opsctl.notify import Previewed
    from opsctl.notify_routing import ChannelRouting
    from opsledger.ledger.enrichment import Enrichment
    from opsledger.ledger.record import Record
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.deliveries import Dispatch
    from opsledger.notify.message import Message
    from opsledger.strict_json import JsonObject, JsonValue

SHOWN_BYTES = 20_000


def text_of(message: Message) -> str:
    """The message as plain text, its title first."""
    (page, *_) = pages(message, dialects.PLAIN, SHOWN_BYTES)
    return f"{page.title}\n{page.text}"


def previews(found: Sequence[Previewed]) -> None:
    """Print each message with when it is sent and where."""
    for one in found:
        intent = one.intent
        when = timestamps.show(intent.send_at)
        terminal.say(f"{when} → {intent.channel} · {intent.stage.name} · {intent.id}", style="bold")
        if intent.after:
            terminal.say("  " + t("only if an earlier step was sent there"))
        if intent.muted:
            terminal.say("  " + t("muted: not sent"))
        for line in text_of(one.message).split("\n"):
            terminal.say(f"  {line}" if line else "")
        terminal.say("")


def explained(
    found: Sequence[Previewed], records: Sequence[tuple[Record, Enrichment]], config: NotifyConfig | None, now_ms: int
) -> None:
    """Print who would be notified of records, when and of what, and why others are not."""
    terminal.say(t("who would be notified"), style="bold")
    if config is None:
        terminal.say(t("nobody: no channel is configured (OPSLEDGER_NOTIFY, docs/notifications.md)"))
        return
    for one in found:
        intent = one.intent
        muted = f" ({t('muted: not sent')})" if intent.muted else ""
        where = f"{timestamps.show(intent.send_at)} → {intent.channel}{muted}"
        terminal.say(f"{where}: {intent.stage.kind.value}: {one.message.title}")
    for record, known in records:
        if reason := reason_not(record, known, config, now_ms):
            terminal.say(t("{record}: nobody: {reason}", record=record.key, reason=said(reason)))
        for each in routing(record, known, config):
            why = t("through {route}", route=said(each.route)) if each.route else t("not: {reason}", reason=_all(each))
            terminal.say(f"  {each.channel}: {why}")


def _all(channel: ChannelRouting) -> str:
    return "; ".join(map(said, channel.reasons))


def routing_json(records: Sequence[tuple[Record, Enrichment]], config: NotifyConfig | None) -> list[JsonValue]:
    """Why each channel hears of records, or why not, for programs."""
    return [
        {"record": record.key, "channel": one.channel, "route": one.route or None, "reasons": list(one.reasons)}
        for record, known in records
        for one in ([] if config is None else routing(record, known, config))
    ]


def preview_json(one: Previewed) -> JsonObject:
    """One preview for programs."""
    intent = one.intent
    return {
        "id": intent.id,
        "record": one.record.key,
        "stage": intent.stage.name,
        "kind": intent.stage.kind.value,
        "channel": intent.channel,
        "at": timestamps.show(intent.send_at),
        "only_after": list(intent.after),
        "muted": intent.muted,
        "title": one.message.title,
        "text": text_of(one.message),
    }


def table(found: Sequence[Dispatch]) -> None:
    """Print deliveries as a table."""
    columns = (
        Column(t("Id"), whole=True),
        Column(t("State"), whole=True),
        Column(t("Record"), whole=True),
        Column(t("Planned"), whole=True, rank=1),
        Column(t("Local time"), whole=True, rank=EXTRA + 1),
        Column(t("Channel"), minimum=8, rank=3),
        Column(t("Stage"), whole=True, rank=4),
        Column(t("Attempts"), whole=True, rank=EXTRA),
        Column(t("Answer"), minimum=12, rank=2),
    )
    rows = [
        (
            d.id,
            d.state,
            name_of(d.subject),
            relative(d.planned_at),
            local(d.planned_at),
            d.channel,
            d.stage.kind.value,
            d.attempts,
            _answer(d),
        )
        for d in found
    ]
    terminal.table(columns, rows)


def _answer(delivery: Dispatch) -> str:
    if not delivery.answers:
        return ""
    last = delivery.answers[-1]
    return " ".join(part for part in (last.result, last.code, last.note) if part)
