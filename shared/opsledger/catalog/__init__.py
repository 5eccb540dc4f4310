"""The catalogue: every event type, what identifies its records, and how they move.

Each product has a folder (`ecs/`, `eci/`) with its event types, kinds, lifecycles, content models, sample contents and
advice; CONTRIBUTING.md says how to add an event type. `prepare` loads a product, or else its first event does: a
function gets the events of one product, so its cold start does not pay for the others.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome
from opsledger.catalog.product import EventType, Kind, ProductCatalog, Settler, Source
from opsledger.errors import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PRODUCTS",
    "EventType",
    "Kind",
    "Lifecycle",
    "Order",
    "Outcome",
    "ProductCatalog",
    "Settler",
    "Source",
    "event_types",
    "find",
    "kind",
    "kinds",
    "knows",
    "of_raw",
    "prepare",
    "product",
]

_EVENT_TYPES: dict[str, EventType] = {}
_EVENT_TYPES_BY_OTHER_NAME: dict[str, EventType] = {}
_KINDS: dict[str, Kind] = {}
_SUFFIX = re.compile(r"[A-Za-z]{1,32}", re.ASCII)


def _ecs() -> ProductCatalog:
    from opsledger.catalog.ecs.event_types import CATALOG  # noqa: PLC0415 - loaded at the first ECS event

    return CATALOG


def _eci() -> ProductCatalog:
    from opsledger.catalog.eci.event_types import CATALOG  # noqa: PLC0415 - loaded at the first ECI event

    return CATALOG


_LOADERS = {"ecs": _ecs, "eci": _eci}
"""Product → what loads its catalogue, in the order of the docs. The imports are explicit because the packager packs
the modules that imports name."""

PRODUCTS = tuple(_LOADERS)
"""The products, in the order of the docs."""


def product(name: str) -> ProductCatalog:
    """The catalogue of one product.

    Raises:
        KeyError: there is no such product.
    """
    return _LOADERS[name]()


@cache
def _load(name: str) -> None:
    # Two threads may both do it: the rows are the same.
    loaded = product(name)
    _KINDS.update((kind.name, kind) for kind in loaded.kinds)
    _EVENT_TYPES.update((row.type, row) for row in loaded.event_types)
    _EVENT_TYPES_BY_OTHER_NAME.update((other, _EVENT_TYPES[type_]) for other, type_ in loaded.spellings.items())


def prepare(name: str) -> None:
    """Load one product's catalogue and build its validators, before its first event has to wait for that.

    Raises:
        KeyError: there is no such product.
    """
    _load(name)
    for model in {row.content for row in product(name).event_types}:
        model.model_rebuild()


def _load_all() -> None:
    for name in PRODUCTS:
        _load(name)


def _in_order_of_docs(kind: Kind) -> int:
    return PRODUCTS.index(kind.product)


def event_types() -> tuple[EventType, ...]:
    """Every event type, in the order of the docs."""
    _load_all()
    return tuple(sorted(_EVENT_TYPES.values(), key=lambda row: _in_order_of_docs(row.kind)))


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


def find(type_: str) -> tuple[EventType, str | None]:
    """The row of `type_`, and its status suffix if it has one.

    Raises:
        UnknownTypeError: the catalogue has no such type.
    """
    row = _exactly(type_)
    if row is not None:
        return row, None
    base, _, suffix = type_.rpartition(":")
    row = _exactly(base)
    if row is None or not _SUFFIX.fullmatch(suffix):
        raise UnknownTypeError(f"the catalogue has no type {type_[:128]!r}")
    return row, suffix


def knows(type_: str) -> bool:
    """Whether `type_`, with or without a status suffix, is in the catalogue."""
    return (_exactly(type_) or _exactly(type_.rpartition(":")[0])) is not None


def _exactly(type_: str) -> EventType | None:
    row = _EVENT_TYPES.get(type_)
    if row is None and (name := type_.partition(":")[0]) in _LOADERS:
        _load(name)
        row = _EVENT_TYPES.get(type_)
    return row or _EVENT_TYPES_BY_OTHER_NAME.get(type_)


def of_raw(content: Mapping[str, object]) -> str:
    """The type of a content that came without its envelope.

    Raises:
        UnknownTypeError: its fields fit no type.
    """
    for name in PRODUCTS:
        type_ = product(name).type_of_raw(content)
        if type_ is not None:
            return type_
    raise UnknownTypeError("no envelope, and the fields fit no type of the catalogue")
