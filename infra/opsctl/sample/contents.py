"""Sample contents: the literals on the content models and in the rows, with their placeholders filled in.

A placeholder is a name in braces:

| placeholder | stands for |
|---|---|
| `{instance_id}`, any name that ends in `_id` | an identifier made from the seed |
| `{resource_id}` | the identifier of the resource that the event is about, by its kind's `resource_type` |
| `{status}`, `{name}` | the status; the part of the type's name behind its last colon |
| `{now}`, `{now-5m}`, `{now+2d}` | a moment to the second; steps are s, m, h and d |
| `{hour}`, `{hour-1h}` | the last full hour, to the minute |
| `{message}` | a message in the wording of the case's template |
| `{source_severity}`, `{object_kind}`, `{pod}`, `{nanoseconds}` | the parts of a Kubernetes event |
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from opsctl.sample.names import DAY, HOUR, MINUTE
from opsledger import catalog, timestamps
from opsledger.catalog.templates import fill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from opsctl.sample.names import Names
    from opsledger.catalog import EventType
    from opsledger.catalog.content import Sample, SampleValue
    from opsledger.catalog.templates import Template

_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:([+-][0-9]+)([smhd]))?\}")
_STEPS_MS = {"s": 1000, "m": MINUTE, "h": HOUR, "d": DAY}
_OBJECT_KINDS = {"container-group": "Pod"}
"""The Kubernetes kind of a resource type, where it is not its name in capitals."""


class SampleError(ValueError):
    """A sample content cannot be made; the message says what its literal lacks."""


class _Case(NamedTuple):
    """What the placeholders are filled from. `now` has whole seconds, as ECS event notifications have."""

    row: EventType
    status: str
    names: Names
    now: int
    template: Template | None


def make(row: EventType, status: str, names: Names, now_ms: int, template: Template | None = None) -> dict[str, Any]:
    """The content of one event, from the fields of its model's sample and those of its row.

    Fields for the status replace fields for every status, and the row's replace the model's.

    Raises:
        SampleError: the model has no sample, or a placeholder has no meaning.
    """
    case = _Case(row, status, names, now_ms // 1000 * 1000, template)
    if not row.content.sample:
        raise SampleError(f"its content model {row.content.__name__} has no `sample`")
    common, own = _fields(row.content.sample, "*"), _fields(row.sample, "*")
    literal = {**common, **own, **_fields(row.content.sample, status), **own, **_fields(row.sample, status)}
    return {name: _filled(value, case) for name, value in literal.items()}


def message(row: EventType, template: Template) -> str:
    """A message in the wording of `template`: the vendor's own example if there is one.

    Raises:
        SampleError: a value of the template has no sample.
    """
    if template.example is not None:
        return template.example
    values = catalog.product(row.kind.product).sample_values
    missing = [name for name in template.params if name not in values]
    if missing:
        raise SampleError(
            f"no sample value for {', '.join(missing)}, which message {template.id} names: add it to SAMPLE_VALUES"
        )
    return fill(template, {name: values[name] for name in template.params})


def _fields(sample: Sample, key: str) -> dict[str, SampleValue]:
    return {name: value for keys, fields in sample.items() if key in keys.split() for name, value in fields.items()}


def _filled(value: SampleValue, case: _Case) -> Any:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _value(case, *found.groups()), value)
    if isinstance(value, int):
        return value
    return {name: _filled(inner, case) for name, inner in value.items()}


def _value(case: _Case, name: str, steps: str | None, unit: str | None) -> str:
    if name in _MOMENTS:
        return _MOMENTS[name](case.now, 0 if not steps or not unit else int(steps) * _STEPS_MS[unit])
    if name in _VALUES:
        return _VALUES[name](case)
    if name.endswith("_id"):
        return case.names.identifier(name)
    known = ", ".join(f"{{{known}}}" for known in (*_MOMENTS, *_VALUES, "…_id"))
    raise SampleError(f"its sample has {{{name}}}, which means nothing; there are {known}")


def _hour(now: int, later: int) -> str:
    return timestamps.show(now // HOUR * HOUR + later).replace(":00Z", "Z")


def _message(case: _Case) -> str:
    template = case.template or next(iter(case.row.templates), None)
    if template is None:
        raise SampleError("its row has no message")
    return message(case.row, template)


def _source_severity(case: _Case) -> str:
    if case.status in ("Normal", "Warning"):
        return case.status
    return case.row.source_severity or "Warning"


def _object_kind(case: _Case) -> str:
    resource_type = case.row.kind.resource_type
    return _OBJECT_KINDS.get(resource_type) or resource_type.title().replace("-", "")


def resource_id(row: EventType, names: Names) -> str:
    """The identifier of the resource that the event is about."""
    return names.identifier(f"{row.kind.resource_type.replace('-', '_')}_id")


_MOMENTS: Mapping[str, Callable[[int, int], str]] = {
    "now": lambda now, later: timestamps.show(now + later),
    "hour": _hour,
}
_VALUES: Mapping[str, Callable[[_Case], str]] = {
    "status": lambda case: case.status,
    "name": lambda case: case.row.type.rpartition(":")[2],
    "resource_id": lambda case: resource_id(case.row, case.names),
    "message": _message,
    "source_severity": _source_severity,
    "object_kind": _object_kind,
    "pod": lambda case: case.names.pod,
    "nanoseconds": lambda case: f"{case.now // 1000 * 1_000_000_000:x}",
}
