"""Valid events of every catalogued type, in every form: for the command line, `events/` and the tests.

A sample is made from the catalogue's row, a moment and a seed, and from nothing else, so the same three give the same
bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opsctl.sample import eci, ecs
from opsctl.sample.names import Names
from opsledger.catalog.eci.content import ContainerGroupState

if TYPE_CHECKING:
    from opsledger import catalog
    from opsledger.catalog.templates import Template

FORMS, VARIANTS = ecs.FORMS, ecs.VARIANTS


class Case(NamedTuple):
    """What there is to make a sample of: a status, and for ECI one of its messages."""

    status: str
    template: Template | None = None

    @property
    def name(self) -> str:
        """The case in a file name."""
        return self.status if self.template is None else self.template.id.replace("/", ".")


def forms(spec: catalog.EventSpec) -> tuple[str, ...]:
    """The forms in which events of this type usually come."""
    if spec.kind.product == "ecs":
        return ecs.FORMS
    return eci.STATE_FORMS if spec.content is ContainerGroupState else eci.FORMS


def all_forms(spec: catalog.EventSpec) -> tuple[str, ...]:
    """Every form in which events of this type may come."""
    if spec.kind.product == "ecs":
        return (*ecs.FORMS, *ecs.VARIANTS)
    return eci.STATE_FORMS if spec.content is ContainerGroupState else (*eci.FORMS, *eci.VARIANTS)


def statuses(spec: catalog.EventSpec) -> tuple[str, ...]:
    """The statuses to make samples of: the documented ones, or all of the lifecycle where none is documented."""
    return spec.statuses or tuple(spec.kind.lifecycle.moves)


def cases(spec: catalog.EventSpec) -> tuple[Case, ...]:
    """Every status, and of ECI events every message."""
    if spec.kind.product == "ecs" or spec.content is ContainerGroupState:
        return tuple(Case(status) for status in statuses(spec))
    return tuple(Case(statuses(spec)[0], template) for template in eci.templates(spec))


def event(
    spec: catalog.EventSpec, status: str, form: str, *, seed: str, now_ms: int, template: Template | None = None
) -> dict[str, Any]:
    """One event in `form`, a member of `all_forms`.

    Raises:
        ValueError: the type has no such status, or does not come in such a form.
    """
    known = spec.kind.lifecycle.moves if spec.kind.product == "ecs" else statuses(spec)
    if status not in known:
        raise ValueError(f"{spec.type} has no status {status!r}; it has {', '.join(known)}")
    if form not in all_forms(spec):
        raise ValueError(f"{spec.type} has no form {form!r}; it has {', '.join(all_forms(spec))}")
    names = Names.of(seed)
    if spec.kind.product == "ecs":
        return ecs.event(spec, status, form, names, now_ms)
    return eci.event(spec, status, form, names, now_ms, template)
