"""Every text that `language.t` may translate, read from the code: a test compares the languages with it."""

from __future__ import annotations

import ast
from pathlib import Path

from opsledger.ledger.drift import REMEDIES

FOLDERS = (Path(__file__).parent, Path(__file__).parents[1] / "deploy")
TRANSLATED_BY = ("t", "tell")
"""The functions whose first argument is translated."""
CHOSEN = (
    "{n} records begin with {id}: {names}; give more of the id",
    "{n} records are called {id}: {names}; name one",
    "no record {id}; the nearest are {names}; give the whole id of a closed one",
    *("exported {rows}", "imported {rows}", "publish", "replay", "rebuild", "drift", "export", "import", "migrate"),
    *("{records} compared with the ledger, {left} differ, {written} written", "Account"),
    *("{name}: {n} would be moved, {there} there already", "{name}: {n} moved, {there} there already"),
    *("OPERATIONAL, DROPPED", "MATCHES TWICE", "dropped"),
    "other machines reach {host}, and there is no password: add --open-to-network if that is meant",
    *("in {n} min", "{n} min ago", "in {n} h", "{n} h ago", "in {n} d", "{n} d ago"),
)
"""Texts that a name stands for where they are translated."""


def texts() -> list[str]:
    """The English texts of the command line, each once, in the order of the modules."""
    found: dict[str, None] = dict.fromkeys((*CHOSEN, *REMEDIES.values()))
    for path in [path for folder in FOLDERS for path in sorted(folder.rglob("*.py"))]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in TRANSLATED_BY:
                found.update(dict.fromkeys(_constants(node.args[0])))
    return list(found)


def _constants(node: ast.expr) -> list[str]:
    """The text, or both texts of a choice; none of a variable."""
    if isinstance(node, ast.IfExp):
        return [*_constants(node.body), *_constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []
