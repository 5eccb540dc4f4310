"""Valid events of every catalogued type, in every form: for the command line, `events/` and the tests.

A sample is made from a row of the catalogue with its content model, a moment and a seed, so the same three give the
same bytes. What is specific to a type is in its product's folder; this package has the envelopes and the clocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opsctl.sample import eci, ecs
from opsctl.sample.contents import SampleError, make, message
from opsctl.sample.names import Names
from opsctl.sample.wrappers import WRAPPINGS, wrapped, wrappings

if TYPE_CHECKING:
    from opsledger.catalog import EventType
    from opsledger.catalog.templates import Template

__all__ = [
    "FORMS",
    "FURTHER_FORMS",
    "WRAPPINGS",
    "Case",
    "Names",
    "SampleError",
    "all_forms",
    "cases",
    "content",
    "event",
    "forms",
    "message",
    "named_event",
    "statuses",
    "wrapped",
    "wrappings",
]

FORMS, FURTHER_FORMS = ecs.FORMS, ecs.FURTHER_FORMS


class Case(NamedTuple):
    """What there is to make a sample of: a status, and for ECI one of its messages."""

    status: str
    template: Template | None = None

    @property
    def name(self) -> str:
        """The case in a file name."""
        return self.status if self.template is None else self.template.id.replace("/", ".")


def forms(row: EventType) -> tuple[str, ...]:
    """The forms in which events of this type usually come."""
    if row.kind.product == "ecs":
        return ecs.FORMS
    return eci.FORMS if eci.from_kubernetes(row) else eci.OTHER_FORMS


def all_forms(row: EventType) -> tuple[str, ...]:
    """Every form in which events of this type may come."""
    if row.kind.product == "ecs":
        history = (ecs.HISTORY_FORM,) if ecs.has_history(row) else ()
        known = (*ecs.FORMS, *ecs.FURTHER_FORMS, *history)
        return known if row.raw else tuple(form for form in known if form != "raw")
    return (*eci.FORMS, *eci.FURTHER_FORMS) if eci.from_kubernetes(row) else eci.OTHER_FORMS


def statuses(row: EventType) -> tuple[str, ...]:
    """The statuses to make samples of: the documented ones, or all of the lifecycle where none is documented."""
    return row.statuses or tuple(row.kind.lifecycle.moves)


def cases(row: EventType) -> tuple[Case, ...]:
    """Every status, and of ECI events every message."""
    if row.kind.product == "ecs" or not eci.from_kubernetes(row):
        return tuple(Case(status) for status in statuses(row))
    return tuple(Case(statuses(row)[0], template) for template in eci.templates(row))


def event(
    row: EventType, status: str, form: str, *, seed: str, now_ms: int, template: Template | None = None
) -> dict[str, Any]:
    """One event in `form`, a member of `all_forms`.

    Raises:
        ValueError: the type has no such status, or does not come in such a form.
    """
    known = row.kind.lifecycle.moves if row.kind.product == "ecs" else statuses(row)
    if status not in known:
        raise ValueError(f"{row.type} has no status {status!r}; it has {', '.join(known)}")
    if form not in all_forms(row):
        raise ValueError(f"{row.type} has no form {form!r}; it has {', '.join(all_forms(row))}")
    return named_event(row, status, form, names=Names.of(seed), now_ms=now_ms, template=template)


def content(row: EventType, status: str, *, seed: str, now_ms: int, template: Template | None = None) -> dict[str, Any]:
    """The content of one event without an envelope.

    Raises:
        SampleError: the type's sample content is incomplete.
    """
    return make(row, status, Names.of(seed), now_ms, template)


def named_event(
    row: EventType, status: str, form: str, *, names: Names, now_ms: int, template: Template | None = None
) -> dict[str, Any]:
    """One event about `names`; `event` says what may be asked for.

    Raises:
        SampleError: the type's sample content is incomplete.
    """
    if row.kind.product == "ecs":
        return ecs.event(row, status, form, names, now_ms)
    return eci.event(row, status, form, names, now_ms, template)
