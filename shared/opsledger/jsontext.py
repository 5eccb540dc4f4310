"""JSON from outside, read once and carefully."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from opsledger.errors import NotJsonError

MAX_DEPTH = 64
"""Deeper nesting is no event: the vendor's go four levels deep, a Kubernetes object about ten."""


def read(payload: bytes | str) -> Any:
    """The value `payload` writes.

    Raises:
        NotJsonError: as `parse` and `check`.
    """
    value = parse(payload)
    check(value)
    return value


def parse(payload: bytes | str) -> Any:
    """The value `payload` writes, as Python reads it.

    Raises:
        NotJsonError: it is not JSON or not UTF-8, nests too deeply for the parser, or holds NaN, an infinity or an
            integer of thousands of digits.
    """
    try:
        return json.loads(payload, parse_constant=_refuse_constant)
    except RecursionError:
        raise NotJsonError("nested too deeply to read") from None
    except UnicodeDecodeError as error:
        raise NotJsonError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except ValueError:
        raise NotJsonError("not JSON that can be stored: a number out of range") from None


_SPACE = " \t\r\n"
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]+|[\]}]+|,', re.DOTALL)


def split_array(payload: bytes | str, at_least: int = 2) -> list[str]:
    """The texts of an array's elements, by brackets and commas alone: also of one that as a whole cannot be parsed.

    Empty when the brackets do not show an array of `at_least` elements; an empty array has none. Takes time linear in
    the length, and no stack.
    """
    try:  # as `json.loads` decodes; a byte order mark is no part of the text
        text = payload if isinstance(payload, str) else payload.decode(json.detect_encoding(payload), "surrogateescape")
    except UnicodeDecodeError:  # of the wider encodings: a byte out of place leaves no text to cut
        return []
    text = text.strip(_SPACE)
    if not (text.startswith("[") and text.endswith("]")):
        return []
    body, depth, start, parts = text[1:-1], 0, 0, []
    for match in _STRUCTURE.finditer(body):
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
    return parts if depth == 0 and len(parts) >= at_least and parts != [""] else []


def write(value: Any) -> str:
    """`value` as JSON, the same text for the same value: sorted keys, no spaces, no escapes but the needed."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def check(value: Any) -> None:
    """Refuse what parses but cannot be stored; level by level, so that depth costs no stack.

    Raises:
        NotJsonError: deeper than `MAX_DEPTH`, half a surrogate pair, or a number out of range.
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, str):  # the most by far
                if not item.isascii():
                    _check_text(item)
            elif isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise NotJsonError("not JSON that can be stored: a number out of range")
        if not below:
            return
        level = below
    raise NotJsonError(f"nested deeper than {MAX_DEPTH} levels")


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJsonError("not text: half of a surrogate pair") from None
