"""The four calls that a store makes, as messages of Tablestore's protocol: bytes to send, and what an answer says.

Field numbers are those of the vendor's `table_store.proto` and `table_store_filter.proto` (in the package tablestore on
PyPI). An answer is read only if it is complete and says one thing: a row without a result, a table that was not asked
for or a number of rows that differs is a `MalformedError`. A newer service may add fields; unknown ones are skipped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from opsledger.store.calls import Bound, RangePage, Refusal, RowFound
from opsledger.store.wire import MalformedError
from opsledger.store.wire.plainbuffer import decode_row, decode_rows, encode_key, encode_row, encode_variant
from opsledger.store.wire.protobuf import content, number, singular

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from opsledger.store.calls import KeyRange, KeyValue, PrimaryKey, RowPut

T = TypeVar("T")
NEWEST_VERSION = 1
"""`max_versions` of every read: the tables keep one version."""
_PUT = 1
_EXPECT_EXIST, _EXPECT_NOT_EXIST = 1, 2
_SINGLE_COLUMN, _EQUAL = 1, 1
REVISION = "revision"

_TABLES, _ROWS = (1,), (2,)
_TABLE = (1,)
_ROW = (1, 2, 3, 4, 5)
_ERROR = (1, 2)
_PAGE = (1, 2, 3, 4)
_SINGLE_ROW = (1, 2, 3)
_CONSUMED, _CAPACITY_UNITS = (1,), (1, 2)
"""The fields of the answers: those that are repeated, and of each message those that occur once."""


def batch_get_row(tables: Mapping[str, Sequence[PrimaryKey]]) -> bytes:
    """Ask for rows by their keys: each table's name, and the keys."""
    return b"".join([content(1, _table_of_keys(name, keys)) for name, keys in tables.items()])


def _table_of_keys(name: str, keys: Sequence[PrimaryKey]) -> bytes:
    asked = b"".join([content(2, encode_key(key)) for key in keys])
    return content(1, name.encode()) + asked + number(6, NEWEST_VERSION)


def batch_write_row(tables: Mapping[str, Sequence[RowPut]]) -> bytes:
    """Ask to put rows, each under its condition."""
    return b"".join([content(1, _table_of_puts(name, puts)) for name, puts in tables.items()])


def _table_of_puts(name: str, puts: Sequence[RowPut]) -> bytes:
    return content(1, name.encode()) + b"".join([content(2, _put(put)) for put in puts])


def _put(put: RowPut) -> bytes:
    condition = _NO_ROW if put.revision is None else _has_revision(put.revision)
    return _TYPE_PUT + content(2, encode_row(put.key, put.columns)) + condition


_TYPE_PUT = number(1, _PUT)
_NO_ROW = content(3, number(1, _EXPECT_NOT_EXIST))


def _has_revision(revision: int) -> bytes:
    column = content(2, REVISION.encode()) + content(3, encode_variant(revision))
    # A row without the column fails the condition; the latest version counts.
    single = number(1, _EQUAL) + column + number(4, 1) + number(5, 1)
    condition = number(1, _SINGLE_COLUMN) + content(2, single)
    return content(3, number(1, _EXPECT_EXIST) + content(2, condition))


def get_range(asked: KeyRange, limit: int) -> bytes:
    """Ask for the first rows of a range."""
    return b"".join(
        (
            content(1, asked.table.encode()),
            number(2, int(asked.backward)),
            number(5, NEWEST_VERSION),
            number(6, limit),
            content(7, encode_key(asked.start)),
            content(8, encode_key(asked.end)),
        )
    )


def get_row(table: str, key: PrimaryKey) -> bytes:
    """Ask for one row."""
    return content(1, table.encode()) + content(2, encode_key(key)) + number(5, NEWEST_VERSION)


def rows_got(answer: bytes, asked: Mapping[str, Sequence[PrimaryKey]]) -> dict[str, list[RowFound | Refusal | None]]:
    """What `batch_get_row` was answered, in the order of its keys; None where there is no row.

    Raises:
        MalformedError: it is not the answer to what was asked.
    """
    found = _by_table(answer, asked, _row_got)
    for name, keys in asked.items():
        for key, got in zip(keys, found[name], strict=True):
            if isinstance(got, RowFound) and got.key != key:
                raise MalformedError("a row has another key than was asked for")
    return found


def rows_written(answer: bytes, asked: Mapping[str, Sequence[RowPut]]) -> dict[str, list[Refusal | None]]:
    """What `batch_write_row` was answered, in the order of its rows; None where the row was written.

    Raises:
        MalformedError: it is not the answer to what was asked.
    """
    return _by_table(answer, asked, _row_written)


def _by_table(answer: bytes, asked: Mapping[str, Sequence[Any]], read: Callable[[bytes], T]) -> dict[str, list[T]]:
    results: dict[str, list[T]] = {}
    for table in singular(answer, (), _TABLES)[1][1]:
        once, many = singular(_bytes(table), _TABLE, _ROWS)
        name = _text(once.get(1))
        if name in results:
            raise MalformedError("a table is answered twice")
        results[name] = [read(_bytes(row)) for row in many[2]]
    if {name: len(rows) for name, rows in results.items()} != {name: len(rows) for name, rows in asked.items()}:
        raise MalformedError("the answer has other tables or another number of rows than the request")
    return results


def _row_got(message: bytes) -> RowFound | Refusal | None:
    once = singular(message, _ROW)[0]
    if (refusal := _refusal(once)) is not None:
        return refusal
    if once.get(5):
        raise MalformedError("a row is not complete")  # its next token; rows are not read in parts
    row = _bytes(once.get(4, b""))
    return decode_row(row) if row else None


def _row_written(message: bytes) -> Refusal | None:
    return _refusal(singular(message, _ROW)[0])


def _refusal(once: Mapping[int, int | bytes]) -> Refusal | None:
    is_ok, error = once.get(1), once.get(2)
    _check_consumed(once.get(3, b""))
    if is_ok == 1 and error is None:
        return None
    if is_ok == 0 and error is not None:
        return error_of(_bytes(error))
    raise MalformedError("a row has no clear result")


def error_of(message: bytes) -> Refusal:
    """The code and message of an `Error`.

    Raises:
        MalformedError: it has no code.
    """
    once = singular(message, _ERROR)[0]
    return Refusal(_text(once.get(1)), _text(once.get(2, b"")))


def page_got(answer: bytes, asked: KeyRange) -> RangePage:
    """What `get_range` was answered.

    Raises:
        MalformedError: it is not complete, is of another range, or would begin the next page where this one began.
    """
    once = singular(answer, _PAGE)[0]
    _check_consumed(once.get(1))
    rows, following = _bytes(once.get(2)), _bytes(once.get(3, b""))
    if once.get(4):
        raise MalformedError("a row is not complete")
    page = RangePage(decode_rows(rows) if rows else [], _key(following) if following else None)
    if page.next_start == asked.start:
        raise MalformedError("the next page begins where this one began")
    _check_range(page, asked)
    return page


def _check_range(page: RangePage, asked: KeyRange) -> None:
    """Neither digest nor signature tell an answer to one range from an answer to another; the keys do."""
    keys = [*(row.key for row in page.rows), *(() if page.next_start is None else (page.next_start,))]
    names = _names(asked.start)
    if any(_names(key) != names for key in keys):
        raise MalformedError("a row has other key columns than were asked for")
    first, last = (asked.end, asked.start) if asked.backward else (asked.start, asked.end)
    try:
        within = all(_is_up_to(first, key) and _is_up_to(key, last) for key in (*keys[:1], *keys[-1:]))
    except TypeError as error:  # a text and a number
        raise MalformedError("a key has a value of another type than was asked for") from error
    if not within:
        raise MalformedError("a row is outside of the range that was asked for")


def _names(key: PrimaryKey) -> list[str]:
    return [name for name, _ in key]


def _is_up_to(one: PrimaryKey, other: PrimaryKey) -> bool:
    """Whether a key is before another or the same; texts are in the order of their UTF-8, as Python's are."""
    for (_, left), (_, right) in zip(one, other, strict=True):
        if left != right:
            return left is Bound.MIN or right is Bound.MAX or (not _is_bound(left, right) and left < right)  # type: ignore[operator]  # no bounds
    return True


def _is_bound(*values: KeyValue) -> bool:
    return any(isinstance(value, Bound) for value in values)


def row_got(answer: bytes, key: PrimaryKey) -> RowFound | None:
    """What `get_row` was answered; None where there is no row.

    Raises:
        MalformedError: it is not the row that was asked for.
    """
    once = singular(answer, _SINGLE_ROW)[0]
    _check_consumed(once.get(1))
    encoded = _bytes(once.get(2))
    row = decode_row(encoded) if encoded else None
    if once.get(3) or (row is not None and row.key != key):
        raise MalformedError("the row is not complete or has another key")
    return row


@lru_cache(maxsize=64)
def _check_consumed(message: int | bytes | None) -> None:
    """Nothing needs the capacity units that a call consumed; but where they cannot be read, nor can the rest."""
    for units in singular(_bytes(message), _CONSUMED)[0].values():
        singular(_bytes(units), _CAPACITY_UNITS)


def _key(encoded: bytes) -> PrimaryKey:
    row = decode_row(encoded)
    if row.columns:
        raise MalformedError("a key has columns")
    return row.key


def _bytes(value: int | bytes | None) -> bytes:
    if not isinstance(value, bytes):
        raise MalformedError("a field is missing or of another type")
    return value


def _text(value: int | bytes | None) -> str:
    try:
        text = _bytes(value).decode()
    except UnicodeDecodeError as error:
        raise MalformedError("a text is not UTF-8") from error
    return text
