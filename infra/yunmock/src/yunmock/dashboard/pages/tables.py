"""Tables of Tablestore: their schema, and their rows page by page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from yunmock.dashboard.address import read_token, token
from yunmock.dashboard.document import Facts, Link, Listing, Moment, Span, Status, TypedValue, WebPage
from yunmock.dashboard.visit import counted, first, missing
from yunmock.tablestore.state import TablestoreState, instances
from yunmock.tablestore.versions import FOREVER, live

if TYPE_CHECKING:
    from yunmock.dashboard.document import Shown
    from yunmock.dashboard.visit import Visit
    from yunmock.tablestore.model import StoredRow, StoredTable
    from yunmock.tablestore.values import Value

SHOWN_ROWS = 50
SHOWN_COLUMNS = 8
"""Of a row in a list; its own page has all."""
MOST_COUNTED = 10_000
PREVIEW, WHOLE = 80, 64 * 1024
"""How much of a value a list and a row's own page show: characters, or bytes."""
TYPES: dict[type, str] = {int: "INTEGER", float: "DOUBLE", bool: "BOOLEAN", str: "STRING", bytes: "BINARY"}


def tables(visit: Visit) -> WebPage:
    """The tables of every instance."""
    found = [(name, TablestoreState(visit.cloud.storage, name)) for name in instances(visit.cloud.storage)]
    return WebPage(
        "Tables",
        tuple(
            Listing(
                f"Instance {name}",
                ("Table", "Primary key", "Rows", "Time to live", "Versions", "Index of"),
                [_table(name, state, table) for table in state.tables()],
                "This instance has no table.",
            )
            for name, state in found
        )
        or (Listing("Tables", (), [], "No table was made yet."),),
    )


def _table(instance: str, state: TablestoreState, table: StoredTable) -> tuple[Shown, ...]:
    return (
        Link(table.name, "table", {"instance": instance, "table": table.name}),
        [f"{column.name} {column.type}" for column in table.key],
        _count(state, table),
        _lifetime(table),
        table.options.max_versions,
        table.base,
    )


def _lifetime(table: StoredTable) -> Shown:
    ttl_s = table.options.ttl_s
    return None if ttl_s == FOREVER else Span(ttl_s * 1000)


def _count(state: TablestoreState, table: StoredTable) -> Shown:
    return counted(state.rows(table.name).count(MOST_COUNTED + 1), MOST_COUNTED)


def table(visit: Visit) -> WebPage:
    """One table: its schema, and a page of its rows in the order of their keys."""
    instance, state, found = _found(visit)
    after = read_token(visit.arguments["after"]) + b"\0" if "after" in visit.arguments else None
    rows, more = first(state.rows(found.name).scan(after), SHOWN_ROWS)
    living = [(key, row) for key, stored in rows if (row := live(stored, found.options, visit.now_ms)) is not None]
    place = {"instance": instance, "table": found.name}
    return WebPage(
        found.name,
        (
            Facts("Table", _facts(state, found)),
            Listing(
                "Indexes",
                ("Index", "Kind", "Key", "Columns", "Built"),
                [
                    (
                        Link(index.name, "table", {**place, "table": index.name}),
                        "local" if index.local else "global",
                        ", ".join(index.key),
                        ", ".join(index.columns) or None,
                        Moment(index.ready_ms),
                    )
                    for index in found.indexes
                ],
                "No index.",
            ),
            Listing(
                "Rows",
                ("Row", *found.key_names, "Columns"),
                [_row(place, key, found, row) for key, row in living],
                "No row here.",
            ),
        ),
        summary=f"A table of the instance {instance}." if found.base is None else f"An index of {found.base}.",
        trail=(Link("Tables", "tables"),),
        further=Link("Further rows", "table", {**place, "after": token(rows[-1][0])}) if more else None,
    )


def _found(visit: Visit) -> tuple[str, TablestoreState, StoredTable]:
    instance, name = visit.argument("instance"), visit.argument("table")
    if instance in instances(visit.cloud.storage):
        state = TablestoreState(visit.cloud.storage, instance)
        found = state.find_table(name)
        if found is not None:
            return instance, state, found
    raise missing(f"table {name[:200]!r} in the instance {instance[:200]!r}")


def _facts(state: TablestoreState, found: StoredTable) -> dict[str, Shown]:
    return {
        "Primary key": [
            f"{column.name} {column.type}{' (counts up)' if column.auto_increment else ''}" for column in found.key
        ],
        "Defined columns": [f"{name} {kind}" for name, kind in found.defined],
        "Rows": _count(state, found),
        "Time to live": _lifetime(found),
        "Versions": found.options.max_versions,
        "Created": Moment(found.created_ms),
        "Index of": found.base,
    }


def _row(place: dict[str, str], key: bytes, table: StoredTable, row: StoredRow) -> tuple[Shown, ...]:
    named = zip(table.key_names, row.key, strict=True)
    shown: list[Shown] = [
        _preview(name, versions[0][1]) for name, versions in islice(row.columns.items(), SHOWN_COLUMNS)
    ]
    if len(row.columns) > SHOWN_COLUMNS:
        shown.append(f"and {len(row.columns) - SHOWN_COLUMNS} more columns")
    return (
        Link("Open", "row", {**place, "key": token(key)}),
        *(_typed(name, value, PREVIEW) for name, value in named),
        shown,
    )


def _preview(name: str, value: Value) -> TypedValue:
    return _typed(name, value, PREVIEW)._replace(labelled=True)


def _typed(name: str, value: Value, most: int = WHOLE) -> TypedValue:
    """A value with its type; of a long text or of many bytes the beginning."""
    kind = TYPES[type(value)]
    if isinstance(value, (str, bytes)):
        return TypedValue(name, kind, value[:most], max(0, len(value) - most))
    return TypedValue(name, kind, value)


def row(visit: Visit) -> WebPage:
    """One row: every column with all its versions."""
    instance, state, found = _found(visit)
    stored = state.rows(found.name).get(read_token(visit.argument("key")))
    one = live(stored, found.options, visit.now_ms)
    if one is None:
        raise missing("such row")
    names = zip(found.key_names, one.key, strict=True)
    return WebPage(
        f"A row of {found.name}",
        (
            Facts("Primary key", {name: _typed(name, value) for name, value in names}),
            Listing(
                "Columns",
                ("Column", "Version", "Written", "Value"),
                [
                    (name, Status("newest", "good") if number == 0 else number + 1, Moment(ms), _typed(name, value))
                    for name, versions in one.columns.items()
                    for number, (ms, value) in enumerate(versions)
                ],
                "The row has a primary key alone.",
            ),
        ),
        trail=(
            Link("Tables", "tables"),
            Link(found.name, "table", {"instance": instance, "table": found.name}),
        ),
    )
