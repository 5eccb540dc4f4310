"""The templates of what `doctor` finds, read from the linter's code: a test compares the languages with them."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from opsctl.cli import errors_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = ("infra/fc3lint/*.py", "infra/opsctl/account.py", "infra/opsctl/doctor.py")
ASSIGNED = frozenset(
    {
        *("message", "fix", "suggestion", "near", "said", "how", "more", "rule", "context"),
        *("FIX", "FIXES", "CRON_FIX", "RULE_FIX", "ASYNC_MEANING", "TYPES", "NAMES"),
    }
)
"""The variables and constants that a finding or a part of one is made in."""
FOUND_BY = {"add": (2, 3), "AccountFinding": (2, 3)}
"""The functions that make a finding, with the places of its message and its fix."""
OF_VALUES = "PydanticCustomError"
"""What makes a message about a value; the value's name stands before it."""
PARTS = (
    *("<number> of <everything> instances (<named>)", "<type> trigger: <why>"),
    *("<why>; did you mean <near>?", "<why>; did you mean `<near>`?"),
)
"""Parts that are put together elsewhere."""
SUMMARY = ("<n> error", "<n> errors", "<n> warning", "<n> warnings", "nothing found")
"""What the report ends with."""


def templates(root: Path) -> list[str]:
    """Every message, fix and part of one, each once; what is filled in is in angle brackets."""
    found: dict[str, None] = dict.fromkeys((*SUMMARY, *PARTS))
    for path in sorted(path for pattern in FILES for path in root.glob(pattern)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found.update(dict.fromkeys(text for part in _parts(node) for text in _texts(part)))
    return [text for text in found if any(char.isalpha() for char in errors_page.without_places(text))]


def _parts(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions at a node that make a part of a finding."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in ASSIGNED:
            yield value
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            for target, value in zip(targets, values, strict=False):
                yield from _parts(ast.Assign([target], value))
        case ast.Call(args=args, keywords=keywords):
            places = FOUND_BY.get(errors_page.name_of(node.func), ())
            yield from (args[place] for place in places if place < len(args))
            if errors_page.name_of(node.func) == OF_VALUES:
                yield ast.JoinedStr([ast.FormattedValue(ast.Name("name"), -1), ast.Constant(" "), args[1]])
            yield from (keyword.value for keyword in keywords if keyword.arg in ("twice_fix", "never_fix"))
        case ast.Return(value=ast.Tuple(elts=[_, message, fix])) if not isinstance(fix, ast.Starred):
            yield from (message, fix)
        case _:
            pass


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts of an expression: both of a choice, all values of a table."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body), *_texts(orelse))
        case ast.Dict(values=values) | ast.Tuple(elts=values):
            for value in values:
                yield from _texts(value)
        case ast.Constant(value=str()) | ast.JoinedStr():
            text = errors_page.text_of(node).strip()
            text = re.sub(r"(?<=>)<(suggestion|near)>$", "", text)  # `PARTS` has it
            yield re.sub(r"(?<![$`])\{(\w+)\}", r"<\1>", text).replace("{{}}", "{}")
        case _:
            pass
