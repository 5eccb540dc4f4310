"""Checks of environment variables: their form, and what the code reads against what is set.

A function's module, and what it imports from its own folder, is read for `os.environ` and `os.getenv`; one that imports
`opsledger` reads what `settings.VARIABLES` says.
"""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from fc3lint import code
from fc3lint.document import UNKNOWN
from opsledger import settings
from opsledger.errors import MisconfiguredError
from opsledger.settings import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fc3lint.document import Document, Path_

MAX_BYTES = 4096
RESERVED = "FC_"
PLATFORM = re.compile(
    r"FC_\w+|ALIBABA_CLOUD_\w+|PATH|PYTHONPATH|HOME|USER|TZ|LANG|LC_\w+|TMPDIR|HOSTNAME|PWD|LD_LIBRARY_PATH|accountID|"
    r"securityToken|accessKeyID|accessKeySecret|region|topic|log\w+"
)
"""What is there without being set, by Function Compute or by the system."""
OURS = ("OPSLEDGER_", "OTS_", "ECI_")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)
_CREDENTIALS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}


class Read(NamedTuple):
    """One reading of a variable."""

    name: str
    file: str
    line: int
    required: bool


def check(document: Document, props: Mapping[str, Any], path: Path_, handlers: list[code.Handler]) -> None:
    """The environment of one function; `handlers` are those whose modules can be read."""
    given = props.get("environmentVariables")
    given = given if isinstance(given, dict) else {}
    here = (*path, "environmentVariables")
    _check_form(document, given, here)
    modules = {module for handler in handlers for module in _modules(handler.folder, handler.module)}
    _check_reads(document, given, here, modules)
    trees = [tree for module in modules if (tree := code.parsed(module)) is not None]
    if any(code.LIBRARY in code.imported(tree) for tree in trees):
        _check_ours(document, given, here, {name.value for tree in trees for name in _constants(tree)})
        if not props.get("role"):
            what = "the function has no role, and so no credentials"
            mend = "Add `role:` with the ARN of a role that may use its tables."
            document.findings.add("no-role", document.mark(path), what, mend)


def _check_form(document: Document, given: dict[Any, Any], path: Path_) -> None:
    for name in given:
        if not _NAME.fullmatch(str(name)):
            what = f"{name!r} is no name of an environment variable"
            mend = "Begin with a letter; use letters, digits and _."
            document.findings.add("env-name", document.mark((*path, name)), what, mend)
        elif str(name).startswith(RESERVED):
            what = f"{name} is Function Compute's to set"
            document.findings.add("env-reserved", document.mark((*path, name)), what, "Give it another name.")
    size = sum(len(f"{name}{value}".encode()) for name, value in given.items() if value is not UNKNOWN)
    if size > MAX_BYTES:
        what = f"the variables have {size} bytes, and a function's have up to {MAX_BYTES}"
        document.findings.add("env-size", document.mark(path), what, "Put the long ones in a file beside the code.")


def _check_reads(document: Document, given: dict[Any, Any], path: Path_, modules: set[Path]) -> None:
    for read in sorted(read for module in modules for read in reads(module)):
        if read.name in given or PLATFORM.fullmatch(read.name):
            continue
        what = f"{read.file}, line {read.line}, reads {read.name}, and nobody sets it"
        mend = f"Add `{read.name}:` to environmentVariables{_near(read.name, given)}."
        document.findings.add("env-missing" if read.required else "env-unset", document.mark(path), what, mend)


def _check_ours(document: Document, given: dict[Any, Any], path: Path_, mentioned: set[Any]) -> None:
    known = [variable.name for variable in settings.VARIABLES]
    for name in given:
        if str(name).startswith(OURS) and name not in known and name not in mentioned:
            mend = f"There is no such variable{_near(str(name), known)}; see docs/configuration.md."
            document.findings.add("env-unread", document.mark((*path, name)), f"nothing reads {name}", mend)
    texts = {str(name): value for name, value in given.items() if isinstance(value, str)}
    for variable in settings.VARIABLES:
        if variable.reader not in (Reader.FUNCTION, Reader.POLLER) or given.get(variable.name) is UNKNOWN:
            continue
        try:
            variable.value({**_CREDENTIALS, **texts})
        except MisconfiguredError as error:
            wrong = variable.name in texts
            mark = document.mark((*path, variable.name) if wrong else path)
            mend = f"It is {variable.meaning}." if wrong else f"Add `{variable.name}:`{_near(variable.name, given)}."
            document.findings.add("env-wrong" if wrong else "env-missing", mark, str(error), mend)


def _near(name: str, names: Any) -> str:
    near = difflib.get_close_matches(name, [str(other) for other in names], 1, 0.8)
    return f"; {near[0]} is like it" if near else ""


# --------------------------------------------------------------------------------------------------- reading
def reads(module: Path) -> Iterator[Read]:
    """The variables that a module reads without a default of its own."""
    tree = code.parsed(module)
    if tree is None:
        return
    guarded = set(_guarded(tree))
    for node in ast.walk(tree):
        found = _subscript(node) or _call(node)
        if found is not None and found[0] not in guarded and node not in guarded:
            yield Read(found[0], module.name, getattr(node, "lineno", 1), found[1])


def _modules(folder: Path, module: Path) -> set[Path]:
    """A module and those of its folder that it imports, and they in turn."""
    found, open_ = set(), [module]
    while open_:
        one = open_.pop()
        tree = code.parsed(one)
        if one in found or tree is None:
            continue
        found.add(one)
        for name in code.imported(tree):
            open_ += [file for file in (folder / f"{name}.py", folder / name / "__init__.py") if file.is_file()]
    return found


def _subscript(node: ast.AST) -> tuple[str, bool] | None:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
        name = _constant(node.slice)
        return (name, True) if name else None
    return None


def _call(node: ast.AST) -> tuple[str, bool] | None:
    """`os.getenv("X")` and `os.environ.get("X")`, when nothing stands for X."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
        return None
    called = node.func
    is_get = isinstance(called, ast.Attribute) and called.attr == "get" and _is_environ(called.value)
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    text = _constant(node.args[0])
    return (text, False) if text and (is_get or name == "getenv") else None


def _guarded(tree: ast.Module) -> Iterator[Any]:
    """Readings that have something to fall back on, and names whose presence is asked for or that are set."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            yield from node.values[:-1]
        elif isinstance(node, ast.Compare) and any(_is_environ(other) for other in node.comparators):
            yield _constant(node.left)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _is_environ(node.value):
            yield _constant(node.slice)


def _is_environ(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(name == "environ")


def _constant(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _constants(tree: ast.Module) -> Iterator[ast.Constant]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
