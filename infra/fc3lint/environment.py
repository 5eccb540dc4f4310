"""Check environment variables: their form, and that those the code reads are set.

The linter reads the source of a function's module, and of the modules of the same folder that it imports, for
`os.environ` and `os.getenv`. For a library that the function imports, `Library.variables` says what it reads.
"""

from __future__ import annotations

import ast
import difflib
import re
from typing import TYPE_CHECKING, NamedTuple

from fc3lint import handlers as sources
from fc3lint.document import UNKNOWN, mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from fc3lint.document import Document
    from fc3lint.handlers import Handler
    from fc3lint.libraries import Library, LibraryVariable
    from yunmock.s_yaml import Keys

MAX_BYTES = 4096
RESERVED = "FC_"
SIMILAR = 0.8
PLATFORM = re.compile(
    r"FC_\w+|ALIBABA_CLOUD_\w+|PATH|PYTHONPATH|HOME|USER|TZ|LANG|LC_\w+|TMPDIR|HOSTNAME|PWD|LD_LIBRARY_PATH|accountID|"
    r"securityToken|accessKeyID|accessKeySecret|region|topic|log\w+"
)
"""What Function Compute or the system sets."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


class Read(NamedTuple):
    """One place where code reads a variable.

    Attributes:
        required: whether the code fails without it.
    """

    name: str
    file: str
    line: int
    required: bool


def check(
    document: Document,
    props: Mapping[str, object],
    keys: Keys,
    handlers: list[Handler],
    libraries: Sequence[Library],
) -> None:
    """Check the environment of one function; `handlers` are those whose modules can be read."""
    variables = mapping(props.get("environmentVariables"))
    here = (*keys, "environmentVariables")
    _check_form(document, variables, here)
    modules = {module for handler in handlers for module in _modules(handler.folder, handler.module)}
    _check_reads(document, variables, here, modules)
    trees = [tree for module in modules if (tree := sources.parse(module)) is not None]
    imported = {name for tree in trees for name in sources.imported(tree)}
    mentioned = {text for tree in trees for text in _texts(tree)}
    for library in libraries:
        if library.name in imported:
            _check_names(document, library, variables, here, mentioned)
            _check_values(document, library, variables, here)
            _check_role(document, library, props, keys)


def _check_form(document: Document, variables: Mapping[str, object], keys: Keys) -> None:
    for key in variables:
        name = str(key)
        if not _NAME.fullmatch(name):
            fix = "Begin with a letter, and use letters, digits and _."
            document.add("env-name", (*keys, key), f"{name!r} is not a valid name of an environment variable", fix)
        elif name.startswith(RESERVED):
            message = f"{name} is reserved for Function Compute"
            document.add("env-reserved", (*keys, key), message, "Use another name.")
    size = sum(len(f"{name}{value}".encode()) for name, value in variables.items() if value is not UNKNOWN)
    if size > MAX_BYTES:
        message = f"a function's variables take at most {MAX_BYTES} bytes; these have {size}"
        document.add("env-size", keys, message, "Move long values to a file in the code folder.")


def _check_reads(document: Document, variables: Mapping[str, object], keys: Keys, modules: set[Path]) -> None:
    for read in sorted(read for module in modules for read in reads(module)):
        if read.name not in variables and not PLATFORM.fullmatch(read.name):
            message = f"{read.file}, line {read.line}, reads {read.name}, which is not set"
            fix = f"Add `{read.name}:` to environmentVariables{_suggestion(read.name, variables)}."
            document.add("env-missing" if read.required else "env-unset", keys, message, fix)


def _check_names(
    document: Document, library: Library, variables: Mapping[str, object], keys: Keys, mentioned: set[str]
) -> None:
    known = [variable.name for variable in library.variables]
    for name in map(str, variables):
        if name.startswith(library.prefixes) and name not in known and name not in mentioned:
            near = _suggestion(name, known)
            fix = f"Remove it, or correct the name; see {library.documentation or library.name}."
            document.add("env-unread", (*keys, name), f"nothing reads {name}{near}", fix)


def _check_values(document: Document, library: Library, variables: Mapping[str, object], keys: Keys) -> None:
    texts = {str(name): value for name, value in variables.items() if isinstance(value, str)}
    for variable in library.variables:
        if variable.error is None or variables.get(variable.name) is UNKNOWN:
            continue
        if error := variable.error(texts):
            _add_value(document, variable, error, texts, keys)


def _add_value(document: Document, variable: LibraryVariable, error: str, texts: Mapping[str, str], keys: Keys) -> None:
    if variable.name in texts:
        document.add("env-wrong", (*keys, variable.name), error, f"Correct it; it is {variable.meaning}.")
    else:
        fix = f"Add `{variable.name}:` to environmentVariables{_suggestion(variable.name, texts)}."
        document.add("env-missing", keys, error, fix)


def _check_role(document: Document, library: Library, props: Mapping[str, object], keys: Keys) -> None:
    if library.needs_credentials and not props.get("role"):
        message = f"the function has no role, so {library.name} has no credentials"
        document.add("no-role", keys, message, "Add `role:` with the ARN of a role that has the permissions it needs.")


def _suggestion(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, map(str, names), 1, SIMILAR)
    return f"; did you mean {near[0]}?" if near else ""


# --------------------------------------------------------------------------------------------------- reading
def reads(module: Path) -> Iterator[Read]:
    """The variables that a module reads without a default of its own."""
    tree = sources.parse(module)
    if tree is None:
        return
    guarded_nodes, guarded_names = set(_alternatives(tree)), set(_guarded_names(tree))
    for node in ast.walk(tree):
        found = _subscript(node) or _call(node)
        if found is not None and found[0] not in guarded_names and node not in guarded_nodes:
            yield Read(found[0], module.name, getattr(node, "lineno", 1), found[1])


def _modules(folder: Path, module: Path) -> set[Path]:
    """A module, the modules of its folder that it imports, and those that they import."""
    found, queue = set(), [module]
    while queue:
        one = queue.pop()
        tree = sources.parse(one)
        if one in found or tree is None:
            continue
        found.add(one)
        for name in sources.imported(tree):
            queue += [file for file in (folder / f"{name}.py", folder / name / "__init__.py") if file.is_file()]
    return found


def _subscript(node: ast.AST) -> tuple[str, bool] | None:
    """`os.environ["X"]`."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _is_environ(node.value):
        name = _text(node.slice)
        return (name, True) if name else None
    return None


def _call(node: ast.AST) -> tuple[str, bool] | None:
    """`os.getenv("X")` and `os.environ.get("X")`, without a default."""
    if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
        return None
    called = node.func
    is_get = isinstance(called, ast.Attribute) and called.attr == "get" and _is_environ(called.value)
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    text = _text(node.args[0])
    return (text, False) if text and (is_get or name == "getenv") else None


def _alternatives(tree: ast.Module) -> Iterator[ast.expr]:
    """Expressions before `or`: something replaces them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            yield from node.values[:-1]


def _guarded_names(tree: ast.Module) -> Iterator[str | None]:
    """Variables that the code tests for with `in`, or sets itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(_is_environ(other) for other in node.comparators):
            yield _text(node.left)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and _is_environ(node.value):
            yield _text(node.slice)


def _is_environ(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return bool(name == "environ")


def _text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _texts(tree: ast.Module) -> Iterator[str]:
    return (text for node in ast.walk(tree) if (text := _text(node)) is not None)
