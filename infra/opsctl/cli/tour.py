"""The tour: a team's day on the local cloud, from the announcement of a reboot to the message and the record."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple, cast

from opsctl.cli import deadlines, display, eventbridge, story, terminal
from opsctl.cli.cloud_clock import seen_by_functions
from opsctl.cli.cloudevents import read_events
from opsctl.cli.language import t
from opsctl.cli.options import OutputForm
from opsctl.cli.render import publications, records
from opsledger.ledger import queries, refused, resources, state
from opsledger.ledger.enrichment import enriched
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsctl.cli.cloudevents import Publication
    from opsctl.cli.local import LocalCloud
    from opsctl.cli.story import Act
    from opsledger.ledger.record import Record
    from yunmock import Cloud
    from yunmock.chat.service import ChatService

NOTIFIER = "opsledger-notifier"
TOKEN, SECRET = "tour", "SEC-of-the-tour"
WIDTH = 80
"""The columns of what is no table."""
WHEN, WHAT_TO_DO = -5, -3
"""Where a message has these, counted from its end: the record and the message's id come last."""
_ID = re.compile(r" \([a-z]+-[a-z0-9]+\)")


class PlayedAct(NamedTuple):
    """What became of an act: what the functions answered, and the messages that people got."""

    published: Sequence[Publication]
    messages: Sequence[str]


def run(here: LocalCloud) -> bool:
    """Play the day, and show the records and one message; return whether everything was delivered."""
    before = _records(here)
    begun = _begun(before) or display.now_ms() // 1000 * 1000 - story.LENGTH_MS
    here.cloud.clock.freeze()  # it stands still until an act moves it
    with seen_by_functions(here.cloud), _chat(here.cloud) as chat:
        resources.save(here.store, story.resources(begun), deadlines.deadline(), deadlines.writer())
        acts = [_play(here, chat, number, act, begun) for number, act in enumerate(story.acts(begun), start=1)]
        _show(here, [message for one in acts for message in one.messages] or chat.messages())
    after = _records(here)
    if after == before:
        terminal.say(t("Every event was known already: nothing changed."), style="bold")
    return all(_delivered(published) for one in acts for published in one.published)


def _play(here: LocalCloud, chat: ChatService, number: int, act: Act, begun: int) -> PlayedAct:
    here.cloud.clock.freeze(begun + act.at_ms)
    sent = len(chat.messages())
    texts = [json.dumps(event) for event in act.events]
    published = list(eventbridge.publish_locally(here, [one for text in texts for one in read_events(text, "tour")]))
    here.cloud.advance(1)  # functions are invoked asynchronously
    for one in published:
        eventbridge.judge(here, one)
    here.cloud.invoker.invoke(NOTIFIER, b"{}")
    played = PlayedAct(published, sorted(chat.messages()[sent:]))
    terminal.say(f"{number}. {t(act.title)}", style="bold")
    for line in _outcomes(here, played):
        terminal.say(_fitted(f"   → {line}"))
    return played


def _outcomes(here: LocalCloud, played: PlayedAct) -> Iterator[str]:
    answers = [
        eventbridge.response(attempt) for published in played.published for attempt in eventbridge.attempts(published)
    ]
    if played.published:
        yield ": ".join((publications.total(answers), *_why(here, played)))
    if played.messages:
        yield t("sent ({n}): {title}", n=len(played.messages), title=_title(played.messages[0]))
    if not played.published and not played.messages:
        yield t("nothing is sent twice")


def _title(message: str) -> str:
    """The first line of a message; a resource with a name goes by it."""
    return _ID.sub("", message.split("\n", 1)[0])


def _fitted(line: str) -> str:
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def _readable(message: str) -> list[str]:
    """What happens, when, and what to do, without the marks of Markdown; `notify show` has the whole message."""
    _, *lines = [line.strip().lstrip("#- ") for line in message.split("\n") if line.strip()]
    shown = [lines[0], *(lines[place] for place in (WHEN, WHAT_TO_DO))]
    return [part for line in shown for part in wrap(line, WIDTH - 4, subsequent_indent="  ")]


def _why(here: LocalCloud, played: PlayedAct) -> list[str]:
    """Why the event of this act waits in quarantine, if one does."""
    if not any(published.type == story.UNKNOWN for published in played.published):
        return []
    return [entry.errors[0].message for entry in list(refused.entries(here.store))[:1] if entry.errors]


def _records(here: LocalCloud) -> list[Record]:
    found = queries.records(here.store, queries.Filter())
    return sorted((record._replace(notify_at=None) for record in found), key=lambda record: record.key)


def _begun(known: Sequence[Record]) -> int | None:
    """When an earlier tour of this cloud began; None if there was none."""
    first = story.names("web-1").instance_id
    return next(
        (state.announced_at(one) for one in known if one.resource_id == first and one.kind == "system-event"), None
    )


def _show(here: LocalCloud, messages: Sequence[str]) -> None:
    now_ms = here.cloud.clock.now_ms()
    with display.fixed(replace(display.current(), now_ms=now_ms)):
        terminal.say("")
        listed = queries.records(here.store, queries.Filter(only_open=True))
        records.listing(enriched(here.store, listed), OutputForm.TABLE, "due")
    if messages:
        terminal.say("")
        terminal.say(t("The first message in the team's chat"), style="bold")
        for line in _readable(messages[0]):
            terminal.say(f"  {line}")
    terminal.say("")
    terminal.say(t("Look further: `make console`, `opsledger quarantine list`, `opsledger --help`."))


@contextmanager
def _chat(cloud: Cloud) -> Iterator[ChatService]:
    """A team's chat with a DingTalk robot, to which the notifier sends over loopback."""
    chat = cast("ChatService", cloud.services["chat"])
    with Server(cloud) as server:
        address = f"http://{server.address}{chat.add('dingtalk', TOKEN, secret=SECRET)}"
        channel = {"kind": "dingtalk", "url": address, "secret": SECRET, "language": display.current().language}
        routes = {"channels": {"team": channel}, "allow_private": True}
        cloud.function_environment["OPSLEDGER_NOTIFY"] = json.dumps(routes)
        yield chat


def _delivered(published: Publication) -> bool:
    attempts = list(eventbridge.attempts(published))
    return not published.error and bool(attempts) and all(map(eventbridge.succeeded, attempts))
