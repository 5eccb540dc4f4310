"""The text of messages: what happened, to which resource, when in the reader's zone, and what to do.

What to do is the catalogue's advice. A team's own templates (`title` and `lines` of the configuration) take the place
of the built-in ones; both have the values of `values`.
"""

from __future__ import annotations

import hashlib
from string import Template
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from opsledger import catalog, timestamps
from opsledger.catalog import Outcome
from opsledger.catalog.advice import advice
from opsledger.catalog.transition import SEVERITIES
from opsledger.ledger import state
from opsledger.ledger.enrichment import UNKNOWN, Enrichment
from opsledger.ledger.quarantine import Quarantined
from opsledger.ledger.record import Record
from opsledger.ledger.resources import CloudResource
from opsledger.ledger.verdicts import EventVerdict
from opsledger.notify import zones
from opsledger.notify.message import Block, Message
from opsledger.notify.plan import ID_DIGITS, StageKind, advice_key, episode_of
from opsledger.notify.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from opsledger.catalog import EventType
    from opsledger.catalog.transition import Transition
    from opsledger.notify.channel_config import ChannelConfig
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.plan import Stage
    from opsledger.strict_json import JsonObject

MINUTE_MS: Final = 60_000
LINES: Final = ("drill", "resource", "owner", "place", "status", "detail", "when", "means", "do", "before", "record")
"""The lines of a message, in their order; one whose values are all unknown is left out."""
MOST_STEPS: Final = 6
MOST_MINUTES: Final = 120
"""A longer span is given in hours, and one of `MOST_HOURS` in days."""
MOST_HOURS: Final = 72
_ENDS: Final = (StageKind.SETTLED, StageKind.PRESUMED)
_RESOURCE: Final = "resource"

Subject = Record | Quarantined | EventVerdict | str
"""What an intent is about: a record, a refused payload, a verdict of the reconciler, or the name of a source."""


class Item(NamedTuple):
    """One intent to write about, with its subject as it is now, and what is known of it besides its events."""

    id: str
    stage: Stage
    subject: Subject
    known: Enrichment = UNKNOWN


class Audience(NamedTuple):
    """For whom a message is written: the channel's language and zone, and the configuration's templates and link."""

    language: str
    zone: str
    title: str = ""
    lines: tuple[str, ...] = ()
    link: str = ""

    @classmethod
    def of(cls, channel: ChannelConfig, config: NotifyConfig) -> Audience:
        """The readers of a channel."""
        return cls(channel.reader_language, channel.reader_zone, config.title, config.lines, config.link)

    def say(self, what: str, values: Mapping[str, object] | None = None) -> str:
        """A template of the reader's language with its values in place."""
        return Template(words(self.language)[what]).safe_substitute(values or {})


def message(item: Item, audience: Audience, now_ms: int, *, repeat: bool = False) -> Message:
    """The message about one intent."""
    if not isinstance(item.subject, Record):
        return _plain(item, audience, now_ms, repeat=repeat)
    record = item.subject
    said = values(item, audience, now_ms)
    title = Template(audience.title).safe_substitute(said) if audience.title else audience.say("title", said)
    if item.known.drill is not None:
        title = audience.say("drill_title", {"title": title})
    lines = (
        [Template(line).safe_substitute(said) for line in audience.lines] if audience.lines else _lines(said, audience)
    )
    return Message(
        id=item.id,
        key=record.key,
        title=title,
        blocks=(Block("", tuple(lines)),),
        severity=item.stage.severity,
        settled=is_end(item),
        at=state.summarize(record).status_at,
        link=_link(audience, record.key),
        repeat=repeat,
        stage=item.stage.kind.value,
        record=_for_programs(record),
    )


def _for_programs(record: Record) -> JsonObject:
    """What a program may decide by; moments as RFC 3339 text in UTC, null where unknown."""
    summary = state.summarize(record)
    moments = {"at": summary.status_at, "due": summary.due}
    return {
        "key": record.key,
        "kind": record.kind,
        "product": record.product,
        "type": summary.type,
        "status": summary.status,
        "outcome": summary.outcome.value,
        "open": summary.is_open,
        "resource_type": record.resource_type,
        "resource": record.resource_id,
        "region": record.region,
        "account": record.account,
        **{name: None if moment is None else timestamps.show(moment) for name, moment in moments.items()},
    }


def digest(items: Sequence[Item], audience: Audience, now_ms: int, group: str, *, repeat: bool = False) -> Message:
    """One message about several intents: a line for each, under a heading for each event with what to do about it."""
    rows = [(_heading(item, audience, now_ms), line_of(item, audience, now_ms)) for item in items]
    advised = {heading: _advised(item, audience, now_ms) for item, (heading, _) in zip(items, rows, strict=True)}
    headings = dict.fromkeys(heading for heading, _ in rows)
    level = max((item.stage.severity for item in items), key=SEVERITIES.index)
    id_ = digest_id(item.id for item in items)
    return Message(
        id=id_,
        key=group,
        title=audience.say(
            "digest",
            {
                "level": audience.say(level),
                "number": len(items),
                "group": group,
                "what": next(iter(headings)) if len(headings) == 1 else audience.say("several"),
            },
        ),
        blocks=tuple(block for heading in headings for block in _blocks(heading, advised[heading], rows)),
        severity=level,
        link=_link(audience, ""),
        repeat=repeat,
        more=audience.say("more", {"id": id_}),
    )


def digest_id(ids: Iterable[str]) -> str:
    """The id of a message about several intents."""
    return hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()[:ID_DIGITS]


def _blocks(heading: str, advised: tuple[str, ...], rows: Sequence[tuple[str, str]]) -> list[Block]:
    """A block for each line, so that pages may end between any two and the missing ones are counted."""
    lines = [line for own, line in rows if own == heading]
    return [Block(heading, (*advised, lines[0])), *(Block("", (line,)) for line in lines[1:])]


def _advised(item: Item, audience: Audience, now_ms: int) -> tuple[str, ...]:
    """What to do, as a line; none where there is nothing to do."""
    if not isinstance(item.subject, Record):
        return ()
    said = values(item, audience, now_ms)
    return (audience.say("do", said),) if said["do"] else ()


def _heading(item: Item, audience: Audience, now_ms: int) -> str:
    if isinstance(item.subject, Record):
        said = values(item, audience, now_ms)
        return f"{said['event']} – {said['what']}"
    return item.stage.kind.value


def line_of(item: Item, audience: Audience, now_ms: int) -> str:
    """One short line about an intent."""
    if isinstance(item.subject, Record):
        said = values(item, audience, now_ms)
        parts = (said[_RESOURCE], said["owner"], said["status"], said["when"])
        line = " · ".join(part for part in parts if part)
        return line if item.known.drill is None else audience.say("drill_title", {"title": line})
    return _plain(item, audience, now_ms).title


def values(item: Item, audience: Audience, now_ms: int) -> dict[str, str]:
    """What templates may say of an intent about a record; an empty text for what is not known."""
    record = item.subject
    assert isinstance(record, Record)
    summary = state.summarize(record)
    event_type, _ = catalog.find(summary.type)
    due = summary.due if summary.is_open else None
    moment = summary.status_at if due is None else due
    advised = advice(*advice_key(record), audience.language)
    when = "" if moment is None else zones.show(moment, audience.zone)
    return {
        "level": audience.say(item.stage.severity),
        "event": _event(event_type, advised.title, audience),
        "name": event_type.name,
        "what": audience.say(_what(item, summary.outcome.value)),
        **_of_resource(record, item.known),
        "resource_type": record.resource_type,
        "region": record.region or "",
        "account": record.account or "",
        "status": summary.status,
        "detail": _detail(state.current(record).detail),
        "when": when,
        "due": "" if due is None else when,
        "away": "" if due is None else relative(due - now_ms, audience),
        "relative": "" if moment is None else relative(moment - now_ms, audience, is_due=due is not None),
        "means": advised.means,
        "do": "" if is_end(item) else advised.do,
        "before": _before(summary.transitions, audience),
        "record": record.key,
        "id": item.id,
    }


def _of_resource(record: Record, known: Enrichment) -> dict[str, str]:
    """The resource by its name, where it has one, and what else is known of it."""
    ids, resource = ", ".join((record.resource_id, *record.also[:3])), known.resource or CloudResource("")
    return {
        _RESOURCE: f"{resource.name} ({ids})" if resource.name else ids,
        "resource_id": ids,
        "owner": resource.owner,
        "zone": resource.zone,
        "instance_type": resource.instance_type,
        "resource_group": resource.resource_group,
        "tags": ", ".join(f"{key}={value}" for key, value in resource.tags.items()),
        "drill_by": "" if known.drill is None else known.drill.by,
    }


def is_end(item: Item) -> bool:
    """Whether this ends what an earlier message was about, so that its alert may be closed.

    A fact that nothing announced, such as a process that was killed, ends nothing: it is the alert. What failed needs
    somebody.
    """
    if item.stage.kind in _ENDS:
        return True
    if item.stage.kind is not StageKind.STEP or not isinstance(item.subject, Record):
        return False
    summary = state.summarize(item.subject)
    if summary.is_open or summary.outcome in (Outcome.NOTED, Outcome.FAILED):
        return False
    return summary.outcome is Outcome.AVERTED or len(episode_of(summary)) > 1


def relative(span_ms: int, audience: Audience, *, is_due: bool = False) -> str:
    """A span of time from now, in words: `5 min ago`, of a deadline `due in 47 h`."""
    minutes = round(abs(span_ms) / MINUTE_MS)
    if not minutes and not is_due:
        return audience.say("now")
    unit, number = (
        ("m", minutes)
        if minutes < MOST_MINUTES
        else ("h", minutes // 60)
        if minutes < MOST_HOURS * 60
        else ("d", minutes // 1440)
    )
    way = "in" if span_ms > 0 else "ago"
    return audience.say(f"due_{way}" if is_due else way, {"span": audience.say(unit, {"n": number})})


def _event(event_type: EventType, title: str, audience: Audience) -> str:
    """What happened; an event of ECI by the reason, which people know and search for, with what it means."""
    if event_type.name == event_type.advice_key:
        return title
    return audience.say("named", {"name": event_type.advice_key, "title": title})


def _detail(detail: Mapping[str, str]) -> str:
    """What the event says besides: the message of ECI, which names the container, or the fields of the content."""
    shown = [text for name in ("object", "message") if (text := detail.get(name))] if "message" in detail else []
    return ": ".join(shown) or ", ".join(f"{name} {text}" for name, text in detail.items())


def _what(item: Item, outcome: str) -> str:
    return outcome if item.stage.kind is StageKind.STEP else item.stage.kind.value


def _before(transitions: Sequence[Transition], audience: Audience) -> str:
    """The steps before the newest one."""
    shown = [
        t.status if t.moment is None else f"{t.status} {zones.show(t.moment, audience.zone)}"
        for t in transitions[-MOST_STEPS - 1 : -1]
    ]
    return " → ".join(shown)


def _lines(said: Mapping[str, str], audience: Audience) -> list[str]:
    lines = []
    for line in LINES:
        name = "due" if line == "when" and said["due"] else line
        template = Template(words(audience.language)[name])
        if any(said.get(match["named"] or "") for match in template.pattern.finditer(template.template)):
            lines.append(template.safe_substitute(said).strip())
    return lines


def _link(audience: Audience, record: str) -> str | None:
    return audience.link.replace("{record}", quote(record, safe="")) or None


def _plain(item: Item, audience: Audience, now_ms: int, *, repeat: bool = False) -> Message:
    """The message about a refused payload, a verdict or a silent source."""
    if isinstance(item.subject, Quarantined):
        entry = item.subject
        said = {_RESOURCE: entry.digest[:12], "event": f"{entry.reason} {entry.type}".strip()}
        title, line, at = audience.say("refused", said), audience.say("waiting", said), entry.first_received
        lines = (line, *(f"{error.path}: {error.message}" for error in entry.errors[:5]))
    elif isinstance(item.subject, EventVerdict):
        row, at = item.subject, item.subject.since
        said = {_RESOURCE: row.resource_id, "record": row.record, "status": row.status, "note": row.note}
        title = audience.say(f"verdict_{row.verdict.value}", said)
        lines = tuple(audience.say(line, said) for line in ("record", "reconcile"))
    else:
        at = int(item.stage.name.rpartition(":")[2]) if ":" in item.stage.name else now_ms
        said = {_RESOURCE: str(item.subject), "when": zones.show(at, audience.zone)}
        title, lines = audience.say("silence", said), (audience.say("silent", said),)
    block, stage = Block("", lines), item.stage
    return Message(item.id, _key(item), title, (block,), stage.severity, at=at, repeat=repeat, stage=stage.kind.value)


def _key(item: Item) -> str:
    subject = item.subject
    name = subject.digest if isinstance(subject, Quarantined) else str(subject)
    if isinstance(subject, EventVerdict):
        name = subject.record
    return f"{item.stage.kind.value}:{name}"
