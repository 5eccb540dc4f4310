"""CSV for programs and spreadsheets, with text from outside made harmless."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

RECORD_COLUMNS = (
    *("record", "status", "severity", "outcome", "type", "kind", "resource_type", "resource_id", "region", "account"),
    *("status_at", "not_before", "due", "overdue_since", "started_at", "finished_at", "first_seen", "last_seen"),
    *("count", "terminal", "presumed"),
)
"""The columns of a list of records, as `state.to_json` names them."""
KNOWN_COLUMNS = ("name", "owner", "drill")
"""Further columns, of what `enrichment` knows."""
FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20")
"""A spreadsheet takes a cell that begins so for a formula, with some languages in full width, too
(owasp.org/www-community/attacks/CSV_Injection)."""


def lines(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """A header and a line for each row (RFC 4180), each with its line feed.

    A cell that a spreadsheet would take for a formula has an apostrophe in front.
    """
    for row in (names, *([_cell(row.get(name)) for name in names] for row in rows)):
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(row)
        yield line.getvalue()


def printable(value: object) -> str:
    """`value` on one line, unprintable characters escaped, so that text from outside cannot move a cursor."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _cell(value: object) -> str:
    text = printable(json.dumps(value) if isinstance(value, list | dict | bool) else value)
    return f"'{text}" if text.startswith(FORMULA) and isinstance(value, str) else text
