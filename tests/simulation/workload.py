"""What happens to imaginary things: facts drawn from the catalogue, and the texts that tell of them.

A fact is one thing's step; an element is one telling of it, in one envelope. The same fact may be told in many
envelopes, under a fresh id or the old one, well or badly.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from opsctl import sample
from opsctl.sample.names import HOUR, MINUTE, Names
from opsledger import catalog, timestamps
from opsledger.catalog.eci.content import ContainerGroupState
from opsledger.catalog.ecs import content as ecs

if TYPE_CHECKING:
    import random

    from opsledger.catalog import EventSpec, Kind
    from opsledger.catalog.templates import Template

NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z, when every simulated world begins."""
STEP_MS = 37 * MINUTE
MIGRATION_BEGAN_MS = NOW_MS - HOUR
REPEAT_MS = 5 * MINUTE
THINGS = 64

# The moment of these is in the envelope alone, so that an envelope without one tells of something else.
_TIMED_BY_ENVELOPE = (ecs.StateChange, ecs.PreemptibleInstanceInterruption, ecs.PerformanceModeChange)
_TIMED = ("cloudevent", "cloudevent-base64", "cloudmonitor", "cloudmonitor-attribute")
_EDITABLE = ("cloudevent", "cloudmonitor")
# The kinds whose things move by events of several types.
_MOVED_BY_MANY = ("container-group-maintenance", "image-cache", "container-group-state")


@dataclass(frozen=True, slots=True)
class Fact:
    """One step of one thing.

    Attributes:
        thing: the seed of its names.
        moment: when, in ms.
        repeats: how often a Kubernetes event was counted again; later: by how many hours its `notBefore` was moved.
    """

    type: str
    status: str
    thing: str
    moment: int
    template: str = ""
    repeats: int = 0
    later: int = 0

    @property
    def spec(self) -> EventSpec:
        """The catalogue's row."""
        return catalog.find(self.type)[0]

    def forms(self) -> tuple[str, ...]:
        """The envelopes that tell this fact in full."""
        spec = self.spec
        if self.later or spec.content in (ecs.LiveMigrationAcrossDDH, ecs.DiskEvent):
            return _EDITABLE
        return _TIMED if spec.content in _TIMED_BY_ENVELOPE else sample.all_forms(spec)

    def show(self) -> str:
        """For a story."""
        more = [f"seen {self.repeats + 1} times"] if self.repeats else []
        more += [f"moved by {self.later} h"] if self.later else []
        return " ".join([self.type, self.status, f"of thing {self.thing}", f"at {timestamps.show(self.moment)}", *more])


class Element(NamedTuple):
    """One telling, as text.

    Attributes:
        reason: why it is refused; empty for a good one.
        fact: what it tells, or would tell if it were well-formed.
    """

    text: str
    fact: Fact
    form: str
    reason: str = ""

    def show(self) -> str:
        """For a story."""
        wrong = f", refused as {self.reason}" if self.reason else ""
        return f"{self.fact.show()} ({self.form}{wrong})"


# ---------------------------------------------------------------------------------------------------- drawing
def draw_facts(rng: random.Random, things: int) -> list[Fact]:
    """The lives of some things."""
    seeds = rng.sample(range(THINGS), things)
    return [fact for seed in seeds for fact in _life(rng, rng.choice(_kinds()), f"{seed}")]


def _life(rng: random.Random, kind: Kind, thing: str) -> list[Fact]:
    specs = _specs_of(kind.name)
    own = specs if kind.name in _MOVED_BY_MANY else [rng.choice(specs)]
    facts = []
    for place in rng.sample(range(12), rng.randint(1, 4)):
        spec = rng.choice(own)
        template = rng.choice(_templates(spec)).id if spec.templates else ""
        facts.append(
            Fact(spec.type, rng.choice(_statuses(spec)), thing, NOW_MS - 12 * STEP_MS + place * STEP_MS, template)
        )
    return facts + _again(rng, facts)


def _again(rng: random.Random, facts: list[Fact]) -> list[Fact]:
    """The same step with other content: counted on, or put off."""
    fact = rng.choice(facts)
    if fact.spec.templates:
        return [_with(fact, repeats=rng.randint(1, 3))] if rng.random() < 0.3 else []
    put_off = fact.spec.content is ecs.SystemEvent and _maintained(fact.spec.type) and rng.random() < 0.3
    return [_with(fact, later=rng.randint(1, 9))] if put_off else []


def _with(fact: Fact, *, repeats: int = 0, later: int = 0) -> Fact:
    return Fact(fact.type, fact.status, fact.thing, fact.moment, fact.template, repeats, later)


@lru_cache
def _kinds() -> tuple[Kind, ...]:
    return tuple(catalog.kinds().values())


@lru_cache
def _specs_of(kind: str) -> list[EventSpec]:
    return [spec for spec in catalog.specs() if spec.kind.name == kind]


def _statuses(spec: EventSpec) -> tuple[str, ...]:
    # Of a disk and of ECI, only the documented ones have a notification that says so in every form.
    anything = spec.kind.product == "ecs" and spec.kind.name != "disk-event"
    return tuple(spec.kind.lifecycle.moves) if anything else sample.statuses(spec)


def _templates(spec: EventSpec) -> list[Template]:
    return [case.template for case in sample.cases(spec) if case.template is not None]


def _maintained(type_: str) -> bool:
    return type_.startswith(("ecs:Instance:SystemMaintenance", "ecs:Instance:InstanceExpiration"))


# ---------------------------------------------------------------------------------------------------- telling
def tell(fact: Fact, form: str, fresh_id: str = "") -> Element:
    """`fact` in the envelope `form`, under an id of its own if one is given."""
    text = _text(fact, form)
    if fresh_id:
        event = json.loads(text)
        if "id" in event:
            text = json.dumps({**event, "id": fresh_id})
    return Element(text, fact, form)


@lru_cache(maxsize=16_384)
def _text(fact: Fact, form: str) -> str:
    return json.dumps(event_of(fact, form))


@lru_cache(maxsize=THINGS * 2)
def names_of(thing: str) -> Names:
    """What the thing is called."""
    return Names.of(thing)


def event_of(fact: Fact, form: str) -> dict[str, Any]:
    """The event that tells `fact`."""
    spec, names = fact.spec, names_of(fact.thing)
    if spec.kind.product == "ecs":
        event = sample.ecs.event(spec, fact.status, form, names, fact.moment)
    else:
        template = next((t for t in _templates(spec) if t.id == fact.template), None)
        event = sample.eci.event(spec, fact.status, form, names, fact.moment, template)
    return _edited(event, fact)


def _edited(event: dict[str, Any], fact: Fact) -> dict[str, Any]:
    inner = event.get("data", event.get("content", event))
    content = inner if isinstance(inner, dict) else {}
    if fact.repeats:
        last = timestamps.show(fact.moment + fact.repeats * REPEAT_MS)
        told = {"count": fact.repeats + 1, "lasttimestamp": last}
        content.update({key: told[key.lower()] for key in content if key.lower() in told})
    if fact.later:
        content["notBefore"] = timestamps.show(timestamps.parse(content["notBefore"]) + fact.later * HOUR)
    if fact.spec.content is ecs.LiveMigrationAcrossDDH:
        content["startTime"] = timestamps.show(MIGRATION_BEGAN_MS)
    return event


# --------------------------------------------------------------------------------------------------- spoiling
def spoil(rng: random.Random, element: Element) -> Element:
    """`element` gone wrong on its way, to be refused."""
    how = rng.choice(_SPOILT)
    text, reason = how(element)
    return Element(text, element.fact, element.form, reason)


def _cut(element: Element) -> tuple[str, str]:
    """A value lost half of itself; the brackets still stand."""
    return element.text.replace('": "', '": tru, "', 1), "not_json"


def _renamed(element: Element) -> tuple[str, str]:
    """A type that the catalogue does not have yet."""
    event = event_of(element.fact, element.fact.forms()[0])
    event.pop("product", None)
    data = {"source": "acs.new", "type": "new:Thing:Happened", "specversion": "1.0", "data": {"of": event}}
    return json.dumps(data), "unknown_type"


def _emptied(element: Element) -> tuple[str, str]:
    """The content is gone."""
    type_ = element.fact.type
    return json.dumps({"specversion": "1.0", "source": "acs.x", "type": type_, "data": {}}), "malformed_content"


def _numbered(element: Element) -> tuple[str, str]:
    """A number where an event should be."""
    return json.dumps(element.fact.moment), "unknown_envelope"


_SPOILT = (_cut, _renamed, _emptied, _numbered)


def found_by_poll(fact: Fact) -> bool:
    """Whether a poll finds this fact among a container group's events."""
    spec = fact.spec
    return spec.kind.resource_type == "container-group" and spec.content is not ContainerGroupState
