"""Strict JSON: read and checked once, and written the same way every time."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn, TypeAlias

from pydantic_core import to_json

from opsledger.errors import NotJsonError

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
"""Any JSON value."""
JsonObject: TypeAlias = Mapping[str, JsonValue]

MAX_DEPTH = 64
"""The vendor's events are nested four levels deep, a Kubernetes object about ten."""


def read(payload: bytes | str) -> JsonValue:
    """The value of a JSON text, checked.

    Raises:
        NotJsonError: as `parse` and `check`.
    """
    value = parse(payload)
    check(value, plain=is_plain(payload))
    return value


def read_object(payload: bytes | str) -> JsonObject:
    """As `read`, for a JSON object, such as a row stores.

    Raises:
        NotJsonError: as `read`, or it is not an object.
    """
    value = read(payload)
    if not isinstance(value, dict):
        raise NotJsonError("not a JSON object")
    return value


def parse(payload: bytes | str) -> JsonValue:
    """The value of a JSON text, not yet checked.

    Raises:
        NotJsonError: it is not JSON or not UTF-8, nests too deeply for the parser, or holds NaN, an infinity, an
            integer of thousands of digits or a number too large for a float.
    """
    try:
        text = payload if isinstance(payload, str) else payload.decode(json.detect_encoding(payload), "surrogatepass")
        value: JsonValue = _STRICT.decode(text)
    except RecursionError:
        raise NotJsonError("nested too deeply to read") from None
    except UnicodeDecodeError as error:
        raise NotJsonError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except ValueError:
        raise NotJsonError("not JSON that can be stored: a number out of range") from None
    return value


def is_plain(payload: bytes | str) -> bool:
    """Whether every text inside is ASCII, as in nearly every event; such texts need no check for lone surrogates.

    An escape, at any depth of JSON in JSON, has a backslash and `u`; an encoding wider than UTF-8 has zero bytes.
    """
    if isinstance(payload, str):
        return payload.isascii() and "\\u" not in payload
    return payload.isascii() and b"\\u" not in payload and b"\0" not in payload


def check(value: JsonValue, *, plain: bool = False) -> None:
    """Refuse a value that parses but cannot be stored.

    Args:
        plain: whether `is_plain` says so of the text that `value` was in.

    Raises:
        NotJsonError: nested deeper than `MAX_DEPTH`, or with half a surrogate pair.
    """
    _check_depth(value)
    if not plain:
        try:
            write(value).encode()
        except UnicodeEncodeError:
            raise NotJsonError("not text: half of a surrogate pair") from None


def _check_depth(value: JsonValue) -> None:
    """Level by level, so that deep nesting needs no stack."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer if type(outer) is list else ())
            if type(inner) in _CONTAINERS
        ]
        if not level:
            return
    raise NotJsonError(f"nested deeper than {MAX_DEPTH} levels")


_CONTAINERS = (dict, list)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_SPACE = " \t\r\n"
_MARKS = r"[\[{]+|[\]}]+|,"
_STRUCTURE = re.compile(rf'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|{_MARKS}', re.DOTALL)
_BARE_MARKS = re.compile(_MARKS)


def split_array(payload: bytes | str, at_least: int = 2) -> list[str]:
    """The texts of an array's elements, found by brackets and commas, also where the array cannot be parsed.

    Empty unless the brackets show an array of `at_least` elements; an empty array has none. The time is linear in the
    length, and deep nesting needs no stack.
    """
    text = (payload if isinstance(payload, str) else decoded(payload)).strip(_SPACE)
    if not (text.startswith("[") and text.endswith("]")):
        return []
    parts = _split(text[1:-1])
    return parts if len(parts) >= at_least and parts != [""] else []


def split_object(text: str) -> dict[str, str]:
    """The texts of the values of an object that has been parsed, by key; of a doubled key the last."""
    members = {}
    for member in _split(text.strip(_SPACE)[1:-1]):
        key, end = _DECODER.raw_decode(member) if member else ("", 0)
        members[key] = member[end:].lstrip(_SPACE)[1:].lstrip(_SPACE)
    return members


def _split(body: str) -> list[str]:
    """The texts between the commas that are in no bracket and no string; none if the brackets do not fit."""
    depth, start, parts = 0, 0, []
    for match in _structure(body):
        mark = match[0]
        if mark == ",":
            if depth == 0:
                parts.append(body[start : match.start()].strip(_SPACE))
                start = match.end()
        elif mark[0] in "[{":
            depth += len(mark)
        elif mark[0] in "]}":
            depth -= len(mark)
            if depth < 0:
                return []
    parts.append(body[start:].strip(_SPACE))
    return parts if depth == 0 else []


def _structure(body: str) -> Iterator[re.Match[str]]:
    """The strings, brackets and commas of `body`.

    A string without an end counts as a bare quote. No later quote ends either, as each of them is escaped in that
    string; so the rest is searched without strings, once, and not again from every quote.
    """
    for match in _STRUCTURE.finditer(body):
        if match[0][0] == '"' and match.end() == len(body) and not _CLOSED.fullmatch(match[0]):
            yield from _BARE_MARKS.finditer(body, match.start() + 1)
            return
        yield match


_CLOSED = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


def decoded(payload: bytes) -> str:
    """The text in `payload`, as `json.loads` decodes it; empty where there is none.

    In UTF-8 a byte that does not decode is kept as half a surrogate pair, so that it can be written back. The wider
    encodings have no such escape: they keep the lone surrogates that `json.loads` lets through.
    """
    encoding = json.detect_encoding(payload)
    try:
        return payload.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass")
    except UnicodeDecodeError:
        return ""


def write(value: JsonValue) -> str:
    """`value` as JSON, the same text for the same value: keys sorted, no spaces, and only the required escapes."""
    return _ENCODER.encode(value)


def write_in_order(value: JsonValue) -> str:
    """As `write`, with the keys in their present order; takes a third of the time."""
    return to_json(value).decode()


_DECODER = json.JSONDecoder()
_STRICT = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_ENCODER = json.JSONEncoder(ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":"))
