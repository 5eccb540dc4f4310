"""The catalogue: every event type there is, what it is about, and how it moves.

Adding a type is adding a row (`ecs.SPECS`, `eci.specs.SPECS`) and a sample under `events/`. A product's rows are loaded
when the first event of it comes: a function gets those of one product, and need not wait for the other's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome
from opsledger.catalog.product import EventSpec, Kind
from opsledger.errors import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeAlias

    Half: TypeAlias = tuple[tuple[Kind, ...], tuple[EventSpec, ...]]

__all__ = [
    "EventSpec",
    "Kind",
    "Lifecycle",
    "Order",
    "Outcome",
    "find",
    "kind",
    "kinds",
    "knows",
    "of_raw",
    "specs",
]

_SPECS: dict[str, EventSpec] = {}
_KINDS: dict[str, Kind] = {}
_SUFFIX = re.compile(r"[A-Za-z]{1,32}", re.ASCII)


def _ecs() -> Half:
    from opsledger.catalog.ecs import event_types as ecs  # noqa: PLC0415 - when the first event of it comes

    return ecs.KINDS, ecs.SPECS


def _eci() -> Half:
    from opsledger.catalog.eci import event_types as eci  # noqa: PLC0415 - the same

    return eci.KINDS, eci.SPECS


_HALVES = {"ecs": _ecs, "eci": _eci}
"""Each product's kinds and event types, in the order of the docs. A layer is packed with what imports name."""


@cache
def _load(product: str) -> None:
    # Two threads may both do it: the rows are the same.
    kinds, specs = _HALVES[product]()
    _KINDS.update((kind.name, kind) for kind in kinds)
    _SPECS.update((spec.type, spec) for spec in specs)


def _load_all() -> None:
    for product in _HALVES:
        _load(product)


def _in_order_of_docs(kind: Kind) -> int:
    return list(_HALVES).index(kind.product)


def specs() -> tuple[EventSpec, ...]:
    """Every event type, in the order of the docs."""
    _load_all()
    return tuple(sorted(_SPECS.values(), key=lambda spec: _in_order_of_docs(spec.kind)))


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name, in the order of the docs."""
    _load_all()
    return {kind.name: kind for kind in sorted(_KINDS.values(), key=_in_order_of_docs)}


def kind(name: str) -> Kind:
    """The kind of that name.

    Raises:
        KeyError: there is none.
    """
    if name not in _KINDS:
        _load_all()
    return _KINDS[name]


def find(type_: str) -> tuple[EventSpec, str | None]:
    """The row of `type_`, and its status suffix if it has one.

    Raises:
        UnknownTypeError: no row fits.
    """
    spec = _exactly(type_)
    if spec is not None:
        return spec, None
    base, _, suffix = type_.rpartition(":")
    spec = _exactly(base)
    if spec is None or not _SUFFIX.fullmatch(suffix):
        raise UnknownTypeError(f"the catalogue has no type {type_[:128]!r}")
    return spec, suffix


def knows(type_: str) -> bool:
    """Whether `type_`, with or without a status suffix, is in the catalogue."""
    return (_exactly(type_) or _exactly(type_.rpartition(":")[0])) is not None


def _exactly(type_: str) -> EventSpec | None:
    spec = _SPECS.get(type_)
    if spec is None and (product := type_.partition(":")[0]) in _HALVES:
        _load(product)
        spec = _SPECS.get(type_)
    return spec


def of_raw(content: Mapping[str, Any]) -> str:
    """The type of a content that came without its envelope.

    Raises:
        UnknownTypeError: its fields fit no type.
    """
    from opsledger.catalog.ecs import event_types as ecs  # noqa: PLC0415 - only ECS's contents come so, and only seldom

    for marks, template in ecs.RAW_MARKS:
        if marks <= content.keys():
            told = template.format(eventType=str(content.get("eventType"))[:64])
            return ecs.DISK_EFFECTS.get(told, told)
    raise UnknownTypeError("no envelope, and the fields fit no type of the catalogue")
