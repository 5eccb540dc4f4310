"""What a page shows, as JSON; the HTML is made from the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opsledger.strict_json import JsonObject


class View(NamedTuple):
    """A page before it is written.

    Attributes:
        data: everything that it shows; moments in ISO 8601, UTC.
        rows: the name in `data` of the list that its CSV has; empty where it has none.
        columns: the columns of the CSV.
    """

    data: JsonObject
    rows: str = ""
    columns: tuple[str, ...] = ()
