"""What the command line does with notifications: read the routes, preview, test a channel, list what was sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from opsledger.ledger import queries, state
from opsledger.ledger.commit import commit
from opsledger.notify import config as configs
from opsledger.notify import listing, plan, texts
from opsledger.notify.channels import CHANNELS
from opsledger.notify.deliveries import SendAgain, delivery_key
from opsledger.notify.limits import Mute
from opsledger.notify.message import Block, Message
from opsledger.notify.sending import Post
from opsledger.notify.texts import Audience, Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from opsledger.deadline import Deadline
    from opsledger.errors import FieldError
    from opsledger.ledger.enrichment import Enrichment
    from opsledger.ledger.record import Record
    from opsledger.notify.config import NotifyConfig
    from opsledger.notify.deliveries import Dispatch
    from opsledger.notify.exchange import Receipt
    from opsledger.notify.plan import Intent
    from opsledger.notify.sending import Sends
    from opsledger.store import Store
    from opsledger.strict_json import JsonObject

ROUTES = "notify.yaml"
"""The file with routes, beside s.yaml."""


def example(language: str) -> JsonObject:
    """The routes, with one channel in a language, that previews are made for where none are configured."""
    return {"channels": {"example": {"url": "https://receiver.example/notify", "language": language}}}


class Fault(NamedTuple):
    """One mistake in a file with routes; `line` counts from 1."""

    line: int
    path: str
    message: str


class RoutesError(ValueError):
    """A file with routes is invalid."""

    def __init__(self, file: str, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(f"{file}:{f.line}: {f.path or 'routes'}: {f.message}" for f in faults))
        self.faults = tuple(faults)


class Previewed(NamedTuple):
    """One intent of a record and the message that it would be now."""

    intent: Intent
    record: Record
    message: Message


# --------------------------------------------------------------------------------------------------------- routes
def compiled(path: Path, environment: Mapping[str, str]) -> str:
    """The routes in a YAML file as the JSON that `OPSLEDGER_NOTIFY` takes; variables that it names are not filled in.

    Raises:
        RoutesError: it is invalid.
        OSError: it cannot be read.
    """
    given = _read_yaml(path)
    _validated(path, given, environment)
    return json.dumps(given, ensure_ascii=False, separators=(",", ":"))


def read_routes(path: Path, environment: Mapping[str, str]) -> NotifyConfig:
    """The routes in a YAML file.

    Raises:
        RoutesError: it is invalid.
        OSError: it cannot be read.
    """
    return _validated(path, _read_yaml(path), environment)


def _read_yaml(path: Path) -> Any:
    # All scalars as text: YAML would read 22:00 as a number, and a moment as a date.
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes nothing but text
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise RoutesError(str(path), [Fault(line, "", str(error.problem))]) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise RoutesError(str(path), [Fault(1, "", "not YAML in UTF-8")]) from None
    except RecursionError:
        raise RoutesError(str(path), [Fault(1, "", "nested too deeply to read")]) from None


def _validated(path: Path, given: Any, environment: Mapping[str, str]) -> NotifyConfig:
    try:
        return configs.validate(given, environment)
    except configs.NotifyConfigError as error:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        faults = [Fault(_line(root, e), e.path, e.message) for e in error.errors]
        raise RoutesError(str(path), faults) from None


def _line(node: yaml.Node | None, error: FieldError) -> int:
    """The line of the innermost part of an error's path that the file has."""
    line = 1
    for name in error.path.split("."):
        found = _child(node, name)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node | None, name: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        return next(((key.start_mark.line + 1, value) for key, value in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and name.isdigit() and int(name) < len(node.value):
        return node.value[int(name)].start_mark.line + 1, node.value[int(name)]
    return None


# -------------------------------------------------------------------------------------------------------- preview
def preview(records: Iterable[tuple[Record, Enrichment]], config: NotifyConfig, now_ms: int) -> Iterator[Previewed]:
    """Every intent of records, with what is known of them, if nothing more comes; and its message."""
    for record, known in records:
        for intent in plan.outlook(record, config, now_ms, known):
            if intent.channel not in config.channels:  # one that a drill names, and this configuration lacks
                continue
            audience = Audience.of(config.channels[intent.channel], config)
            item = Item(intent.id, intent.stage, record, known)
            message = texts.message(item, audience, max(now_ms, intent.stage.at))
            yield Previewed(intent, record, message)


def reason_not(record: Record, known: Enrichment, config: NotifyConfig, now_ms: int) -> str:
    """Why nobody is notified of a record; an empty text if somebody is."""
    facts = plan.facts_of(record, known)
    if not (plan.channels_of_drill(known) or config.channels_of(facts)):
        if known.drill is not None:
            return "no route takes drills: add one with `match: {drill: yes}`"
        return f"no route takes it: it is {facts['severity'][0]}, {record.kind}, {state.summarize(record).status}"
    if not list(plan.stages_of(record, config.reminders, now_ms)):
        return "it ended before anybody was notified, or it is a fact with nothing to come"
    return "a mute window is on" if config.muted(facts, now_ms) else ""


def test_message(config: NotifyConfig, name: str, now_ms: int) -> Message:
    """The message of `opsledger notify test`.

    Raises:
        KeyError: there is no such channel.
    """
    text = Audience.of(config.channels[name], config).say("test", {"resource": name})
    return Message(f"test-{now_ms}", f"test:{name}", text, (Block("", (text,)),), severity="info", at=now_ms)


def send_test(store: Store, config: NotifyConfig, name: str, sender: Sends, deadline: Deadline, writer: str) -> Receipt:
    """Send a test message to a channel; it takes a token, as every message does.

    Raises:
        KeyError: there is no such channel.
        TimeoutError: the channel may get nothing now.
    """
    message = test_message(config, name, deadline.clock.now_ms())
    target = config.channels[name].target(name)
    post = Post(store, sender, deadline, writer)
    receipt, _ = post.send(CHANNELS[target.kind], target, message)
    if receipt is None:
        raise TimeoutError(f"{name} may get no message before {post.free_at} ms: its limit is used up")
    return receipt


# ----------------------------------------------------------------------------------------------------- deliveries
def named(store: Store, name: str) -> list[Dispatch]:
    """The delivery with that id, or those of the message with that id, or those of the record with that key or id."""
    own = list(listing.fetch(store, [delivery_key(name)]))
    if own:
        return own
    subjects = dict.fromkeys([name, *(record.key for record in queries.find(store, name))])
    found = [*listing.of_message(store, name), *(d for s in subjects for d in listing.of_subject(store, s))]
    return sorted({d.id: d for d in found}.values(), key=lambda d: (d.planned_at, d.id))


def send_again(store: Store, id_: str, deadline: Deadline, writer: str) -> bool:
    """Have the notifier send a delivery once more; False where it is not there or still to be sent."""
    change = SendAgain(id_, deadline.clock.now_ms())
    commit(store, [change], deadline, writer)
    return change.done


def mute(store: Store, record: str, until_ms: int, deadline: Deadline, writer: str) -> None:
    """Send nothing of a record until a moment, in ms."""
    commit(store, [Mute(record, until_ms)], deadline, writer)
