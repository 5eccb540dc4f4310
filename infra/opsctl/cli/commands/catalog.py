"""`catalog` and `sample`: the event types, and an example event of each."""

from __future__ import annotations

import difflib
import time
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from opsctl.cli.options import AsJson, Output, OutputForm, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.catalog import EventType


CSV = ("type", "product", "kind", "severity", "identified_by", "resource_type", "title")
"""The columns of `catalog -o csv`."""


def sample(
    type_: Annotated[
        str, typer.Argument(metavar="TYPE", help="An event type; see `opsledger catalog`.")
    ] = "Instance:SystemMaintenance.Reboot",
    status: Annotated[str | None, typer.Option(help="One of the type's statuses. [default: its first]")] = None,
    form: Annotated[str, typer.Option(help="A form that events of the type have, such as cloudmonitor or raw.")] = (
        "cloudevent"
    ),
    seed: Annotated[
        str | None, typer.Option(help="Events with the same seed are about the same resource and event id.")
    ] = None,
) -> None:
    """Print a valid, fresh event of any catalogued type."""
    from opsctl import sample as samples
    from opsctl.cli import terminal

    spec, suffix = _find(type_)
    wanted = status or suffix or samples.statuses(spec)[0]
    exact = next((s for s in spec.kind.lifecycle.moves if s.lower() == wanted.lower()), wanted)
    try:
        event = samples.event(spec, exact, form, seed=seed or uuid.uuid4().hex, now_ms=time.time_ns() // 1_000_000)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    terminal.emit(event)


def catalog(
    type_: Annotated[str | None, typer.Argument(metavar="TYPE", help="Only this type, with advice.")] = None,
    output: Output = OutputForm.TABLE,
    as_json: AsJson = False,
    product: Annotated[str | None, typer.Option(help="Only this product's types: ecs or eci.")] = None,
    lang: Annotated[
        str | None, typer.Option(help="Add what to do about each type, and print all in en, zh or ja.")
    ] = None,
) -> None:
    """List the event types, or explain one.

    For each: what identifies its records, how they move and, with --lang, what to do.
    """
    from opsctl.cli import display, terminal
    from opsctl.cli.language import t
    from opsctl.cli.render import catalog as render
    from opsledger.catalog import event_types
    from opsledger.catalog.advice import LANGUAGES

    if lang not in (None, *LANGUAGES):
        raise typer.BadParameter(
            t("no advice in {lang}; choose from {languages}", lang=repr(lang), languages=", ".join(LANGUAGES))
        )
    wanted = [_find(type_)[0]] if type_ else [spec for spec in event_types() if product in (None, spec.kind.product)]
    if not wanted:
        raise typer.BadParameter(t("no product {product}; choose ecs or eci", product=repr(product)))
    language = lang or (display.current().language if type_ else None)
    form = chosen(output, as_json=as_json)
    if form is OutputForm.JSON:
        terminal.emit([render.to_json(spec, language) for spec in wanted])
    elif form is OutputForm.CSV:
        terminal.emit_csv(CSV, [render.to_json(spec) for spec in wanted])
    elif language:
        render.advice(wanted, language)
    else:
        wide = form is OutputForm.WIDE
        render.types(wanted, wide=wide)
        terminal.say()
        render.lifecycles((spec.kind for spec in wanted), wide=wide)


def _find(type_: str) -> tuple[EventType, str | None]:
    """Return the type and the status in its name: in any case, without the product, without the family."""
    from opsledger.catalog import find
    from opsledger.errors import UnknownTypeError

    by_short_name = _by_short_name()
    base, _, suffix = type_.rpartition(":")
    for name, status in ((type_, None), (base, suffix)):
        if name.lower() in by_short_name:
            return find(by_short_name[name.lower()])[0], status
    try:
        return find(type_)
    except UnknownTypeError:
        raise typer.BadParameter(_unknown(type_, by_short_name)) from None


def _unknown(type_: str, by_short_name: Mapping[str, str]) -> str:
    """What to say about a type that does not exist, with the nearest that does."""
    from opsctl.cli.language import t

    ending = [name for name in by_short_name if name.endswith((f".{type_.lower()}", f":{type_.lower()}"))]
    near = ending or difflib.get_close_matches(type_.lower(), by_short_name, 1)
    if near:
        meant = "the catalogue has no type {type}; did you mean {name}? `opsledger catalog` lists the types"
        return t(meant, type=repr(type_[:128]), name=by_short_name[near[0]])
    return t("the catalogue has no type {type}; `opsledger catalog` lists the types", type=repr(type_[:128]))


def _by_short_name() -> dict[str, str]:
    from opsledger.catalog import event_types

    types: dict[str, str] = {}
    for spec in event_types():
        for name in (spec.type, spec.name, spec.name.partition(":")[2]):
            types.setdefault(name.lower(), spec.type)  # if two types have one short name, the first wins
    return types
