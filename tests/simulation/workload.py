"""The workload: facts about simulated entities, drawn from the catalogue, and the events that report them.

A fact is one step in the life of one entity. A rendered event is the text of one event that reports a fact. The same
fact may be reported in several envelopes, with a new id or the same one, intact or corrupted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opsctl import sample
from opsctl.sample.names import HOUR, MINUTE, Names
from opsledger import catalog, timestamps
from opsledger.catalog.content import ReadContext
from opsledger.catalog.eci.content import ContainerGroupState
from opsledger.catalog.ecs import content as ecs
from opsledger.catalog.ecs.notices import ResourceNotice

if TYPE_CHECKING:
    import random

    from opsledger.catalog import EventType, Kind
    from opsledger.catalog.templates import Template

NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z, when every schedule begins."""
STEP_MS = 37 * MINUTE
MIGRATION_START_MS = NOW_MS - HOUR
REPEAT_MS = 5 * MINUTE
ENTITIES = 64

_FORMS_WITH_TIME = (
    "cloudevent",
    "cloudevent-base64",
    "cloudmonitor",
    "cloudmonitor-attribute",
    "cloudmonitor-attribute-pascal",
    "cloudmonitor-policy",
    "cloudmonitor-policy-text",
)
_FORMS_WITH_OBJECT = ("cloudevent", "cloudmonitor")
_FORM_WITHOUT_TIME = "cloudmonitor-push"
_PRECISE_KINDS = ("instance-state", "performance-mode", "preemptible-interruption")
_UNDATED_KINDS = ("preemptible-interruption", "instance-state")
_FAULT_LIFE = ("ScheduledMaintenance", "SystemFailureReboot", "SandboxRebootSucceeded")
_OFTEN = ("system-event", "container-group-maintenance", "container-group-maintenance", "container-group-state")
"""Kinds that are drawn more often: their lives are the most intricate."""
LONG_LIFE = 115
"""Facts of a life that is longer than a record keeps."""
ABSURD_DAYS = (-1500, -500, 100, 1500)
"""Far beyond what is believed, whatever the clock of a handler says."""
_FORMS_WITH_OWNER = ("cloudevent", "republished", "cloudmonitor", "cloudmonitor-policy", "cloudmonitor-policy-text")
_WRAPPINGS_WITH_MORE = ("eci-events-response",)
# Events of several types move the entities of these kinds.
_KINDS_WITH_SEVERAL_TYPES = ("container-group-maintenance", "image-cache", "container-group-state")


@dataclass(frozen=True, slots=True)
class Fact:
    """One step in the life of one entity.

    Attributes:
        entity: the seed of the entity's names.
        timestamp: when it happened, in ms.
        repeats: how often a Kubernetes event occurred again.
        postponed_hours: by how many hours `notBefore` was moved back, or forward where negative.
        stated_ms: how long after it happened the source sent it, in ms; None where the envelope may have no time.
        precise_ms: the milliseconds that its route dates it by, beside the second.
        dated: whether the envelope says when it happened; if not, only its receipt does.
    """

    type: str
    status: str
    entity: str
    timestamp: int
    template: str = ""
    repeats: int = 0
    postponed_hours: int = 0
    stated_ms: int | None = None
    precise_ms: int = 0
    dated: bool = True

    @property
    def spec(self) -> EventType:
        """The catalogue's row."""
        return catalog.find(self.type)[0]

    def forms(self) -> tuple[str, ...]:
        """The envelopes that can report this fact completely."""
        spec = self.spec
        if not self.dated:
            return (_FORM_WITHOUT_TIME,)
        if self.stated_ms is not None or self.precise_ms or spec.content in (ecs.LiveMigrationAcrossDDH, ecs.DiskEvent):
            return _FORMS_WITH_OBJECT
        # The ECS API does not say when an event began.
        known = tuple(form for form in sample.all_forms(spec) if form != sample.ecs.HISTORY_FORM)
        if _content_is_dated(self.type, self.status):
            return known
        return tuple(form for form in _FORMS_WITH_TIME if form in known)

    def describe(self) -> str:
        """For a report."""
        more = [f"seen {self.repeats + 1} times"] if self.repeats else []
        more += [f"moved by {self.postponed_hours} h"] if self.postponed_hours else []
        more += [f"sent {self.stated_ms} ms later"] if self.stated_ms else []
        more += [] if self.dated else ["without a time"]
        time = timestamps.show(self.timestamp)
        return " ".join([self.type, self.status, f"of entity {self.entity}", f"at {time}", *more])


class RenderedEvent(NamedTuple):
    """The text of an event that reports a fact.

    Attributes:
        reason: why the pipeline must refuse it; empty when it is intact.
        fact: the fact that it reports, or would report if it were intact.
    """

    text: str
    fact: Fact
    form: str
    reason: str = ""

    def describe(self) -> str:
        """For a report."""
        refused = f", to be refused as {self.reason}" if self.reason else ""
        return f"{self.fact.describe()} ({self.form}{refused})"


# ---------------------------------------------------------------------------------------------------- drawing
def draw_facts(rng: random.Random, entities: int) -> list[Fact]:
    """Facts about so many entities."""
    seeds = rng.sample(range(ENTITIES), entities)
    return [fact for seed in seeds for fact in _lives(rng, rng.choice(_kinds()), f"{seed}")]


def _lives(rng: random.Random, kind: Kind, entity: str) -> list[Fact]:
    """A life of a kind; perhaps with one of the resource's own, which may end what the first announces."""
    facts = _life(rng, kind, entity)
    if kind.settlers and rng.random() < 0.3:
        facts += _life(rng, catalog.kind(rng.choice(kind.settlers).kind), entity)
    return facts


def _life(rng: random.Random, kind: Kind, entity: str) -> list[Fact]:
    specs = _specs_of(kind.name)
    own = specs if kind.name in _KINDS_WITH_SEVERAL_TYPES else [rng.choice(specs)]
    if kind.name == "container-group-maintenance" and rng.random() < 0.5:
        return _fault_before_maintenance(rng, entity)
    count = LONG_LIFE if kind.name == "instance-state" and rng.random() < 0.04 else rng.randint(1, 4)
    facts = []
    for place in rng.sample(range(max(12, count)), count):
        spec = rng.choice(own)
        template = rng.choice(_templates(spec)).id if spec.templates else ""
        facts.append(Fact(spec.type, rng.choice(_statuses(spec)), entity, NOW_MS - (place + 1) * STEP_MS, template))
    return [*_updated(rng, facts), *_oddly_dated(rng, facts)]


def _fault_before_maintenance(rng: random.Random, entity: str) -> list[Fact]:
    """A maintenance is announced, and the group fails and is rebooted before it, or is planned during the fault."""
    order = rng.choice((_FAULT_LIFE, (_FAULT_LIFE[1], _FAULT_LIFE[0], _FAULT_LIFE[2])))
    facts = []
    for place, reason in enumerate(order):
        spec, _ = catalog.find(f"eci:Event:{reason}")
        template = rng.choice(_templates(spec)).id if spec.templates else ""
        facts.append(Fact(spec.type, reason, entity, NOW_MS - (12 - place) * STEP_MS, template))
    return facts


def _updated(rng: random.Random, facts: list[Fact]) -> list[Fact]:
    """The facts, perhaps with one of them again with other content: a higher count, or another `notBefore`."""
    fact = rng.choice(facts)
    if fact.spec.templates:
        return [*facts, replace(fact, repeats=rng.randint(1, 3))] if rng.random() < 0.3 else facts
    if fact.spec.content is ecs.SystemEvent and _maintained(fact.spec.type) and rng.random() < 0.4:
        return [*(one for one in facts if one is not fact), *_restated(rng, fact)]
    return facts


def _restated(rng: random.Random, fact: Fact) -> list[Fact]:
    """A fact stated up to three times, each time with another `notBefore`, earlier or later."""
    hours = rng.sample([0, -9, -5, -1, 1, 4, 9], rng.randint(2, 3))
    return [replace(fact, postponed_hours=h, stated_ms=n * 1000) for n, h in enumerate(hours)]


def _oddly_dated(rng: random.Random, facts: list[Fact]) -> list[Fact]:
    """Further reports of a fact: with milliseconds, in the next second, repeated, without a time, or absurdly dated."""
    fact = rng.choice(facts)
    kind = fact.spec.kind.name
    further = []
    if kind in _PRECISE_KINDS and rng.random() < 0.4:
        further.append(replace(fact, precise_ms=rng.choice((7, 922))))
    if kind in _PRECISE_KINDS and rng.random() < 0.3:
        further.append(replace(fact, timestamp=fact.timestamp + rng.choice((1000, 3 * MINUTE, 20 * MINUTE))))
    if kind in _UNDATED_KINDS and rng.random() < 0.3:
        further.append(replace(fact, dated=False))
    if kind in (*_PRECISE_KINDS, "system-event") and rng.random() < 0.15:
        further.append(replace(fact, timestamp=fact.timestamp + rng.choice(ABSURD_DAYS) * 24 * HOUR))
    return further


@lru_cache
def _content_is_dated(type_: str, status: str) -> bool:
    """Whether the content has the time; if only the envelope has it, one without a time reports another fact."""
    spec, _ = catalog.find(type_)
    if sample.eci.from_kubernetes(spec):
        return True
    content = sample.content(spec, status, seed="when", now_ms=NOW_MS)
    return spec.content.model_validate(content).read(ReadContext(suffix=status)).transition.at is not None


@lru_cache
def _kinds() -> tuple[Kind, ...]:
    kinds = catalog.kinds()
    return (*kinds.values(), *(kinds[name] for name in _OFTEN))


@lru_cache
def _specs_of(kind: str) -> list[EventType]:
    return [spec for spec in catalog.event_types() if spec.kind.name == kind]


def _statuses(spec: EventType) -> tuple[str, ...]:
    # For disks, notices and ECI, only the documented statuses have a notification that names them in every form.
    any_status = spec.kind.product == "ecs" and spec.kind.name != "disk-event" and not _takes_any_content(spec)
    return tuple(spec.kind.lifecycle.moves) if any_status else sample.statuses(spec)


def _takes_any_content(spec: EventType) -> bool:
    return issubclass(spec.content, ResourceNotice)


def _templates(spec: EventType) -> list[Template]:
    return [case.template for case in sample.cases(spec) if case.template is not None]


def _maintained(type_: str) -> bool:
    return type_.startswith(("ecs:Instance:SystemMaintenance", "ecs:Instance:InstanceExpiration"))


# -------------------------------------------------------------------------------------------------- rendering
_TIMES_OF_ENVELOPES = frozenset({"time", "eventTime"})


def render(fact: Fact, form: str, new_id: str = "", wrapping: str = "") -> RenderedEvent:
    """The event that reports `fact` in the envelope `form`.

    Args:
        new_id: replaces the envelope's id.
        wrapping: the wrapper around the envelope; empty for none.
    """
    text = _text(fact, form)
    if new_id:
        event = json.loads(text)
        if "id" in event:
            text = json.dumps({**event, "id": new_id})
    if wrapping:
        wrapped = sample.wrapped(wrapping, json.loads(text), names_of(fact.entity))
        text = wrapped if isinstance(wrapped, str) else json.dumps(wrapped)
    return RenderedEvent(text, fact, form)


def wrappings(form: str) -> tuple[str, ...]:
    """The wrappers that add nothing to an event in `form`, not even its owner; "" stands for none."""
    owned = form in _FORMS_WITH_OWNER
    known = (name for name in sample.wrappings(form) if owned or sample.WRAPPINGS[name].forms)
    return ("", *(name for name in known if name not in _WRAPPINGS_WITH_MORE))


@lru_cache(maxsize=16_384)
def _text(fact: Fact, form: str) -> str:
    return json.dumps(event_of(fact, form))


@lru_cache(maxsize=ENTITIES * 2)
def names_of(entity: str) -> Names:
    """The names of the entity."""
    return Names.of(entity)


def event_of(fact: Fact, form: str) -> dict[str, Any]:
    """The event that reports `fact`."""
    spec, names = fact.spec, names_of(fact.entity)
    template = next((t for t in _templates(spec) if t.id == fact.template), None)
    event = sample.named_event(spec, fact.status, form, names=names, now_ms=fact.timestamp, template=template)
    return _edited(event, fact)


def _edited(event: dict[str, Any], fact: Fact) -> dict[str, Any]:
    inner = event.get("data", event.get("content", event))
    content = inner if isinstance(inner, dict) else {}
    for name in _TIMES_OF_ENVELOPES & event.keys():
        if fact.stated_ms or fact.precise_ms:
            event[name] = timestamps.show(fact.timestamp + (fact.stated_ms or 0) + fact.precise_ms)
    if fact.repeats:
        last = timestamps.show(fact.timestamp + fact.repeats * REPEAT_MS)
        updates = {"count": fact.repeats + 1, "lasttimestamp": last}
        content.update({key: updates[key.lower()] for key in content if key.lower() in updates})
    if fact.postponed_hours:
        content["notBefore"] = timestamps.show(timestamps.parse(content["notBefore"]) + fact.postponed_hours * HOUR)
    if fact.spec.content is ecs.LiveMigrationAcrossDDH:
        content["startTime"] = timestamps.show(MIGRATION_START_MS)
    return event


# ------------------------------------------------------------------------------------------------- corruption
_TEXT_VALUE = re.compile(r'(":\s*)(?=")')


def corrupt(rng: random.Random, event: RenderedEvent) -> RenderedEvent:
    """`event` corrupted so that the pipeline must refuse it."""
    text, reason = rng.choice(_CORRUPTIONS)(event)
    return RenderedEvent(text, event.fact, event.form, reason)


def _truncated(event: RenderedEvent) -> tuple[str, str]:
    """A value is cut off; the brackets still match."""
    cut = _TEXT_VALUE.sub(r"\1tru, ", event.text, count=1)
    if cut == event.text:
        raise AssertionError(f"nothing to cut off in {event.text}")
    return cut, "not_json"


def _of_unknown_type(event: RenderedEvent) -> tuple[str, str]:
    """The catalogue does not have the type."""
    original = event_of(event.fact, event.fact.forms()[0])
    original.pop("product", None)
    unknown = {"source": "acs.new", "type": "new:Thing:Happened", "specversion": "1.0", "data": {"of": original}}
    return json.dumps(unknown), "unknown_type"


def _without_content(event: RenderedEvent) -> tuple[str, str]:
    """The content is empty or, where any content will do, none."""
    whole = {"specversion": "1.0", "source": "acs.x", "type": event.fact.type}
    data: Any = [] if _takes_any_content(event.fact.spec) else {}
    return json.dumps({**whole, "data": data}), "malformed_content"


def _replaced_by_number(event: RenderedEvent) -> tuple[str, str]:
    """There is a number instead of an event."""
    return json.dumps(event.fact.timestamp), "unknown_envelope"


_CORRUPTIONS = (_truncated, _of_unknown_type, _without_content, _replaced_by_number)


def found_by_poll(fact: Fact) -> bool:
    """Whether the poller finds this fact among the events of a container group."""
    spec = fact.spec
    return spec.kind.resource_type == "container-group" and spec.content is not ContainerGroupState
