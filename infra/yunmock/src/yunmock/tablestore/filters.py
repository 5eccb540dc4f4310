"""Column conditions and filters: the vendor's filter messages compiled to predicates on rows.

Sources: help.aliyun.com/en/tablestore, conditional update (2025-08) and filter (2021).
"""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from yunmock.tablestore import errors
from yunmock.tablestore.messages import filter_pb, parse
from yunmock.tablestore.plainbuffer import decode_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from yunmock.tablestore.limits import TablestoreLimits
    from yunmock.tablestore.requests import CastRule, FilterMessage
    from yunmock.tablestore.values import Value

# Returns a column's values, newest first; empty when the row does not have the column.
ColumnValues: TypeAlias = "Callable[[str], tuple[Value, ...]]"
Predicate: TypeAlias = "Callable[[ColumnValues], bool]"
Cast: TypeAlias = "Callable[[Value], Value | None]"


class ColumnPage(NamedTuple):
    """A column pagination filter: which of a row's columns to return, by position."""

    offset: int
    limit: int


COMPARE: dict[int, Callable[[Any, Any], bool]] = {
    filter_pb.CT_EQUAL: operator.eq,
    filter_pb.CT_NOT_EQUAL: operator.ne,
    filter_pb.CT_GREATER_THAN: operator.gt,
    filter_pb.CT_GREATER_EQUAL: operator.ge,
    filter_pb.CT_LESS_THAN: operator.lt,
    filter_pb.CT_LESS_EQUAL: operator.le,
}
CASTS: dict[int, Callable[[str], Value]] = {
    filter_pb.VT_INTEGER: int,
    filter_pb.VT_DOUBLE: float,
    filter_pb.VT_STRING: str,
}


def compile_condition(data: bytes, limits: TablestoreLimits) -> Predicate:
    """The predicate of a write's column condition.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong with the condition.
    """
    predicate = compile_filter(data, limits)
    if isinstance(predicate, ColumnPage):
        raise errors.FILTER_IN_CONDITION.error()
    return predicate


def compile_filter(data: bytes, limits: TablestoreLimits) -> Predicate | ColumnPage:
    """The predicate, or the page of columns, of a read's filter.

    Raises:
        TablestoreError: OTSParameterInvalid, saying what is wrong with the filter.
    """
    message = parse(filter_pb.Filter, data, errors.BROKEN_FILTER)
    if message.type == filter_pb.FT_COLUMN_PAGINATION:
        return _page(message.filter)
    return _Compiler(limits.filters).compile(message)


def _page(data: bytes) -> ColumnPage:
    message = parse(filter_pb.ColumnPaginationFilter, data, errors.BROKEN_PAGINATION_FILTER)
    if message.offset < 0:
        raise errors.PAGINATION_OFFSET.error()
    if message.limit <= 0:
        raise errors.PAGINATION_LIMIT.error()
    return ColumnPage(message.offset, message.limit)


class _Compiler:
    """Compiles one tree of filters, and counts them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0

    def compile(self, message: FilterMessage) -> Predicate:
        self._count += 1
        if self._count > self._limit:
            raise errors.FILTER_COUNT.error(limit=self._limit)
        if message.type == filter_pb.FT_COMPOSITE_COLUMN_VALUE:
            return self._composite(message.filter)
        if message.type == filter_pb.FT_SINGLE_COLUMN_VALUE:
            return _relation(message.filter)
        raise errors.FILTER_TYPE.error(type=filter_pb.FilterType.Name(message.type))

    def _composite(self, data: bytes) -> Predicate:
        message = parse(filter_pb.CompositeColumnValueFilter, data, errors.BROKEN_COMPOSITE_FILTER)
        parts = [self.compile(part) for part in message.sub_filters]
        if message.combinator == filter_pb.LO_NOT:
            if len(parts) != 1:
                raise errors.FILTER_NOT.error()
            return lambda values_of: not parts[0](values_of)
        if len(parts) < 2:  # noqa: PLR2004 - two sides
            raise errors.FILTER_AND_OR.error()
        if message.combinator == filter_pb.LO_AND:
            return lambda values_of: all(part(values_of) for part in parts)
        return lambda values_of: any(part(values_of) for part in parts)


def _relation(data: bytes) -> Predicate:
    message = parse(filter_pb.SingleColumnValueFilter, data, errors.BROKEN_RELATION_FILTER)
    name = message.column_name
    if message.comparator == filter_pb.CT_EXIST:
        return lambda values_of: bool(values_of(name))
    if message.comparator == filter_pb.CT_NOT_EXIST:
        return lambda values_of: not values_of(name)
    compare = COMPARE[message.comparator]
    wanted = _finite(decode_value(message.column_value))
    cast = _cast(message.value_trans_rule) if message.HasField("value_trans_rule") else None
    missing, latest = not message.filter_if_missing, message.latest_version_only

    def holds(values_of: ColumnValues) -> bool:
        values = values_of(name)
        if not values:
            return missing
        return any(_compares(compare, cast, value, wanted) for value in (values[:1] if latest else values))

    return holds


def _finite(value: Value) -> Value:
    if isinstance(value, float) and math.isnan(value):
        raise errors.NAN.error()
    if isinstance(value, float) and math.isinf(value):
        raise errors.INFINITY.error()
    return value


def _compares(compare: Callable[[Any, Any], bool], cast: Cast | None, value: Value, wanted: Value) -> bool:
    """Whether the comparison of the column's value with the wanted one is true.

    Values of different types are unequal and have no order. The vendor's pages do not say, so this is a choice.
    """
    if cast is not None:
        transformed = cast(value)
        if transformed is None:
            return False
        value = transformed
    # Code points sort as their UTF-8 bytes do, so Python's order of strings is the service's.
    return compare(value, wanted) if type(value) is type(wanted) else compare is operator.ne


def _cast(rule: CastRule) -> Cast:
    """Converts what the rule's group captures in a string to the rule's type; None without a match."""
    try:
        pattern = re.compile(rule.regex)
    except re.error:
        raise errors.FILTER_REGEX.error(regex=rule.regex) from None
    convert = CASTS.get(rule.cast_type)
    if convert is None or pattern.groups != 1:
        raise errors.FILTER_REGEX.error(regex=rule.regex)

    def transform(value: Value) -> Value | None:
        match = pattern.search(value) if isinstance(value, str) else None
        try:
            return convert(match[1]) if match and match[1] is not None else None
        except ValueError:
            return None

    return transform
