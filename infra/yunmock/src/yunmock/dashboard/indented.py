"""JSON for people: a line for each member, and every number as it was written."""

from __future__ import annotations

import re

from yunmock.exact_json import read_json

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|[{}\[\],:]', re.DOTALL)
INDENT = "  "


def indented(text: str) -> str:
    """The text with line breaks and indents if it is a JSON object or array; else as it is."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        read_json(text)
    except ValueError:
        return text
    return "".join(_pieces(_TOKEN.findall(text)))


def _pieces(marks: list[str]) -> list[str]:
    pieces, depth = [], 0
    for before, mark in zip(["", *marks], marks, strict=False):
        if mark in "}]":
            depth -= 1
        if before in ("{", "[", ",") or mark in "}]":
            empty = before + mark in ("{}", "[]")
            pieces.append("" if empty else f"\n{INDENT * depth}")
        if mark in "{[":
            depth += 1
        pieces.append(": " if mark == ":" else mark)
    return pieces
