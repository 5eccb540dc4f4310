"""A page as JSON: the same content as its HTML, by the same names."""

from __future__ import annotations

import json
import math
from functools import singledispatch
from typing import TYPE_CHECKING

from yunmock.dashboard.address import JSON, address
from yunmock.dashboard.document import Facts, Link, Listing, Moment, Span, Status, TextBlock, TypedValue, slug
from yunmock.dashboard.html import instant

if TYPE_CHECKING:
    from yunmock.dashboard.document import WebPage
    from yunmock.json_types import JsonObject, JsonValue


def write(page: WebPage, now_ms: int) -> str:
    """The JSON of a page: `sections` has an object for each set of facts, and a list of objects for each listing."""
    content: JsonObject = {
        "title": page.title,
        "summary": page.summary,
        "as_of": instant(now_ms),
        "next": _json(page.further),
        "sections": {slug(section.title): _section(section) for section in page.sections},
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _section(section: Facts | Listing) -> JsonValue:
    if isinstance(section, Facts):
        return {slug(name): _json(cell) for name, cell in section.items.items()}
    names = [slug(column) for column in section.columns]
    return [dict(zip(names, map(_json, row), strict=True)) for row in section.rows]


@singledispatch
def _json(cell: object) -> JsonValue:
    assert cell is None or isinstance(cell, (str, int, float))
    return cell if not isinstance(cell, float) or math.isfinite(cell) else str(cell)


@_json.register(Moment)
def _(cell: Moment) -> JsonValue:
    return instant(cell.ms)


@_json.register(Span)
def _(cell: Span) -> JsonValue:
    return cell.ms


@_json.register(Link)
def _(cell: Link) -> JsonValue:
    return {"text": cell.text, "href": address(cell.page, cell.arguments, JSON)}


@_json.register(Status)
@_json.register(TextBlock)
def _(cell: Status | TextBlock) -> JsonValue:
    return cell.text


@_json.register(TypedValue)
def _(cell: TypedValue) -> JsonValue:
    value = cell.value.hex() if isinstance(cell.value, bytes) else _json(cell.value)
    return {"column": cell.column, "type": cell.type, "value": value, "omitted": cell.omitted}


@_json.register(list)
def _(cell: list[object]) -> JsonValue:
    return [_json(each) for each in cell]
