"""What an event is called and means, what to do, and whether the trouble passes: for people, in three languages.

Each product's folder has its advice in `advice/<language>.json`, keyed by the reason of an ECI event and by the name of
an ECS event, such as `Instance:SystemMaintenance.Reboot`. Of the functions only the notifier reads it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from opsledger.catalog import PRODUCTS, find
from opsledger.catalog.eci import advice as eci
from opsledger.catalog.ecs import advice as ecs
from opsledger.errors import UnknownTypeError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "Advice", "Heals", "advice", "advice_by_name", "title"]

Heals = Literal["yes", "no", "depends"]
"""Whether the trouble passes without anyone acting."""

LANGUAGES: Final = ("en", "zh", "ja")
"""The languages that each piece of advice is written in."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What an event is called, and one or two sentences each on what it means, what to do, and why it passes or not."""

    title: str
    means: str
    do: str
    heals: Heals
    heals_why: str


def advice(product: str, name: str, lang: str = "en") -> Advice:
    """The advice on one event.

    Raises:
        ValueError: there is no advice on the product or the name, or none in the language.
    """
    by_name = advice_by_name(product, lang)
    if name not in by_name:
        raise ValueError(f"no advice on {product} event {name!r}")
    return by_name[name]


def title(type_: str, lang: str = "en") -> str:
    """What an event type is called, for people; empty where the catalogue has no such type."""
    try:
        event_type, _ = find(type_)
    except UnknownTypeError:
        return ""
    return advice(event_type.kind.product, event_type.advice_key, lang).title


def advice_by_name(product: str, lang: str = "en") -> Mapping[str, Advice]:
    """All advice on a product's events, by name, in the order of the vendor's pages.

    Raises:
        ValueError: there is no advice on the product, or none in the language; or a piece of it lacks a part.
    """
    if product not in PRODUCTS:
        raise ValueError(f"no advice on product {product!r}: one of {', '.join(PRODUCTS)}")
    if lang not in LANGUAGES:
        raise ValueError(f"no advice in language {lang!r}: one of {', '.join(LANGUAGES)}")
    return _read(product, lang)


_FOLDERS: Final = {"ecs": ecs, "eci": eci}
"""Product → the package with its advice; named here, so that the packager packs it."""


@cache
def _read(product: str, lang: str) -> Mapping[str, Advice]:
    file = resources.files(_FOLDERS[product]) / f"{lang}.json"
    pieces = json.loads(file.read_text(encoding="utf-8"))
    return MappingProxyType({name: _piece(f"{product}/advice/{lang}.json", name, pieces[name]) for name in pieces})


def _piece(file: str, name: str, parts: dict[str, str]) -> Advice:
    wanted = Advice.__dataclass_fields__.keys()
    if parts.keys() != wanted:
        raise ValueError(f"{file}: {name} has the parts {', '.join(parts)}; it needs {', '.join(wanted)}")
    return Advice(**parts)  # type: ignore[arg-type]  # JSON text; a test compares `heals` with its words
