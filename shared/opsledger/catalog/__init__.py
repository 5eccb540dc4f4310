"""The catalogue: every event type there is, what it is about, and how it moves.

Adding a type is adding a row (`ecs.SPECS`, `eci.specs.SPECS`) and a sample under `events/`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from opsledger.catalog import ecs
from opsledger.catalog.eci import specs as eci
from opsledger.catalog.lifecycle import Lifecycle, Order, Outcome
from opsledger.catalog.spec import EventSpec, Kind
from opsledger.errors import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = [
    "EventSpec",
    "Kind",
    "Lifecycle",
    "Order",
    "Outcome",
    "Reading",
    "Seen",
    "find",
    "kinds",
    "of_raw",
    "specs",
]

_SPECS = {spec.type: spec for spec in (*ecs.SPECS, *eci.SPECS)}
_KINDS = {kind.name: kind for kind in (*ecs.KINDS, *eci.KINDS)}
_SUFFIX = re.compile(r"[A-Za-z]{1,32}", re.ASCII)


def specs() -> tuple[EventSpec, ...]:
    """Every event type, in the order of the docs."""
    return tuple(_SPECS.values())


def kinds() -> Mapping[str, Kind]:
    """Every kind by its name."""
    return _KINDS


def find(type_: str) -> tuple[EventSpec, str | None]:
    """The row of `type_`, and its status suffix if it has one.

    Raises:
        UnknownTypeError: no row fits.
    """
    spec = _SPECS.get(type_)
    if spec is not None:
        return spec, None
    base, _, suffix = type_.rpartition(":")
    spec = _SPECS.get(base)
    if spec is None or not _SUFFIX.fullmatch(suffix):
        raise UnknownTypeError(f"the catalogue has no type {type_[:128]!r}")
    return spec, suffix


def knows(type_: str) -> bool:
    """Whether `type_`, with or without a status suffix, is in the catalogue."""
    return type_ in _SPECS or type_.rpartition(":")[0] in _SPECS


def of_raw(content: Mapping[str, Any]) -> str:
    """The type of a content that came without its envelope.

    Raises:
        UnknownTypeError: its fields fit no type.
    """
    for marks, template in ecs.RAW_MARKS:
        if marks <= content.keys():
            told = template.format(eventType=str(content.get("eventType"))[:64])
            return ecs.DISK_EFFECTS.get(told, told)
    raise UnknownTypeError("no envelope, and the fields fit no type of the catalogue")
