"""What an event means, what to do about it and whether it passes by itself, for people.

Only the command line and the documentation read this; the functions never do. ECI advice is keyed by the event's
reason, ECS advice by the event's name without product and status, "Instance:SystemMaintenance.Reboot".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LANGUAGES", "PRODUCTS", "Advice", "Heals", "advice", "advice_by_name"]

Heals = Literal["yes", "no", "depends"]
"""Whether the trouble passes without anyone acting."""

PRODUCTS: Final = ("eci", "ecs")
"""The products there is advice on."""

LANGUAGES: Final = ("en", "zh", "ja")
"""The languages each piece of advice is written in."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One or two sentences each on what an event means, what to do, and why it passes by itself or does not."""

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


def advice_by_name(product: str, lang: str = "en") -> Mapping[str, Advice]:
    """All advice on a product's events, by name, in the order of the vendor's pages.

    Raises:
        ValueError: there is no advice on the product, or none in the language.
    """
    if product not in PRODUCTS:
        raise ValueError(f"no advice on product {product!r}: one of {', '.join(PRODUCTS)}")
    if lang not in LANGUAGES:
        raise ValueError(f"no advice in language {lang!r}: one of {', '.join(LANGUAGES)}")
    return _read(product, lang)


@cache
def _read(product: str, lang: str) -> Mapping[str, Advice]:
    text = resources.files("opsledger.catalog").joinpath(product, "advice", f"{lang}.json").read_text(encoding="utf-8")
    return MappingProxyType({name: Advice(**parts) for name, parts in json.loads(text).items()})
