"""Checks of handlers: looked at as text first, and then imported in a process of their own, if that may be.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/event-handlers-python: `module.function` beside the
code's other files; a handler is called with (event, context), a lifecycle hook with (context).
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fc3lint.fc3 import BUILT_IN_PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from fc3lint.document import Document, Path_

IMPORT_TIMEOUT_S = 20
AT_ONCE = 4
HANDLER, HOOK = ("event", "context"), ("context",)
ARCHIVES = (".zip", ".jar", ".war")
HOOKS = ("initializer", "preStop")
LIBRARY = "opsledger"


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler or hook as the file names it.

    Attributes:
        module: its module's file, which may not be there.
        parameters: what it is called with.
    """

    text: str
    path: Path_
    folder: Path
    module: Path
    name: str
    parameters: tuple[str, ...]


def check(document: Document, props: Mapping[str, Any], path: Path_) -> list[Handler]:
    """The handlers of one function, by their text; those whose module can be read are returned."""
    folder = _folder(document, props, path)
    if folder is None or props.get("runtime") not in BUILT_IN_PYTHON:
        return []
    return [handler for handler in _handlers(document, props, path, folder) if _look(document, handler)]


def uses_opsledger(document: Document, props: Mapping[str, Any]) -> bool:
    """Whether a function is one of OpsLedger's, by what its module imports."""
    source = props.get("code")
    text = props.get("handler")
    if not isinstance(source, str) or not isinstance(text, str):
        return False
    tree = parsed(document.path.parent / source / _file(text.rpartition(".")[0]))
    return tree is not None and LIBRARY in imported(tree)


def parsed(module: Path) -> ast.Module | None:
    """A module's syntax tree; None when there is none to be had."""
    try:
        return ast.parse(module.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None


def imported(tree: ast.Module) -> set[str]:
    """The top-level names of what a module imports."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names


def _folder(document: Document, props: Mapping[str, Any], path: Path_) -> Path | None:
    """The code's folder; None where it is elsewhere or packed."""
    source = props.get("code")
    source = source.get("src") if isinstance(source, dict) else source
    if not isinstance(source, str) or not source:
        return None
    folder = document.path.parent / source
    if folder.is_dir():
        return folder
    if not folder.is_file() and not (source.endswith(ARCHIVES) and _is_built(document, path)):
        mark = document.mark((*path, "code"))
        document.findings.add("code-missing", mark, f"there is no {source}", "Paths count from this file's folder.")
    return None


def _is_built(document: Document, path: Path_) -> bool:
    """Whether an action may make the archive before it is uploaded."""
    own = document.root["resources"][path[1]].get("actions")
    return any("pre-deploy" in actions for actions in (own, document.root.get("actions")) if isinstance(actions, dict))


def _handlers(document: Document, props: Mapping[str, Any], path: Path_, folder: Path) -> Iterator[Handler]:
    lifecycle = props.get("instanceLifecycleConfig")
    hooks = lifecycle if isinstance(lifecycle, dict) else {}
    wanted: list[tuple[Any, Path_, tuple[str, ...]]] = [(props.get("handler"), (*path, "handler"), HANDLER)]
    for name in HOOKS:
        hook = hooks.get(name)
        if isinstance(hook, dict) and not hook.get("command"):
            wanted.append((hook.get("handler"), (*path, "instanceLifecycleConfig", name, "handler"), HOOK))
    for text, where, parameters in wanted:
        if not isinstance(text, str):
            continue
        module, _, name = text.rpartition(".")
        if not module or not name.isidentifier():
            mend = "Write `index.handler` for `def handler(event, context)` in index.py."
            document.findings.add("handler-form", document.mark(where), f"{text!r} is not module.function", mend)
        else:
            yield Handler(text, where, folder, folder / _file(module), name, parameters)


def _file(module: str) -> str:
    return module.replace(".", "/") + ".py"


# ------------------------------------------------------------------------------------------------- by its text
def _look(document: Document, handler: Handler) -> bool:
    """Check the handler by its module's text."""
    mark, file = document.mark(handler.path), handler.module.name
    if not handler.module.is_file():
        what = f"there is no {file} in {handler.folder.name}/"
        document.findings.add("handler-missing", mark, what, f"`{handler.text}` is looked for there.")
        return False
    tree = parsed(handler.module)
    if tree is None:
        document.findings.add("handler-import", mark, f"{file} is no Python", _first_error(handler.module))
        return False
    found = _definition(tree.body, handler.name)
    if found is None:
        near = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        mend = f"It has {', '.join(near)}." if near else f"Define `def {handler.name}` in it."
        document.findings.add("handler-missing", mark, f"{file} has no {handler.name}", mend)
        return False
    if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and not _callable_with(found, len(handler.parameters)):
        what = f"{handler.name} in {file}, line {found.lineno}, cannot be called with ({', '.join(handler.parameters)})"
        mend = f"Write `def {handler.name}({', '.join(handler.parameters)}):`."
        document.findings.add("handler-arity", mark, what, mend)
    return True


def _first_error(module: Path) -> str:
    try:
        ast.parse(module.read_text(encoding="utf-8"))
    except SyntaxError as error:
        return f"Line {error.lineno}: {error.msg}."
    except ValueError as error:
        return f"{error}."
    return "Mend it."


def _definition(body: list[ast.stmt], name: str) -> ast.stmt | None:
    """The last statement of a module that gives `name` a value, also under `if` and `try`."""
    found: ast.stmt | None = None
    for node in body:
        if name in _bound(node):
            found = node
        for inner in ("body", "orelse", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With):
                found = _definition(getattr(node, inner, []), name) or found
    return found


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _callable_with(function: ast.FunctionDef | ast.AsyncFunctionDef, count: int) -> bool:
    if function.decorator_list:
        return True  # a decorator may change what it takes
    told = function.args
    most = len(told.posonlyargs) + len(told.args)
    least = most - len(told.defaults)
    return least <= count <= (count if told.vararg else most) and None not in told.kw_defaults


# ------------------------------------------------------------------------------------------- by importing them
def check_imports(document: Document, functions: Sequence[tuple[Mapping[str, Any], list[Handler]]]) -> None:
    """Import the handlers of each function, some functions at a time."""
    some = [(props.get("environmentVariables"), handlers) for props, handlers in functions if handlers]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda one: _imports(*one), some))
    for (_, handlers), told in zip(some, outcomes, strict=True):
        for handler, outcome in zip(handlers, told, strict=True):
            _judge(document, handler, outcome)


def _judge(document: Document, handler: Handler, outcome: dict[str, str]) -> None:
    mark = document.mark(handler.path)
    if outcome.get("missing"):
        what = f"{handler.module.name} imports {outcome['missing']}, which is not installed here"
        mend = "Install it here to have the import checked; deploy it in the package or a layer."
        document.findings.add("handler-unsure", mark, what, mend)
    elif outcome["why"]:
        what = f"{handler.text} cannot be imported: {outcome['why']}"
        document.findings.add("handler-import", mark, what, f"Mend {handler.module.name}.")


def _imports(environment: Any, handlers: list[Handler]) -> list[dict[str, str]]:
    """What importing each handler came to, in one process with the function's own environment."""
    given = environment if isinstance(environment, dict) else {}
    told = {name: value for name, value in given.items() if isinstance(name, str) and isinstance(value, str)}
    secret = [name for name in os.environ if name.startswith("ALIBABA_CLOUD_")]
    own = {name: value for name, value in os.environ.items() if name not in secret}
    folder = str(handlers[0].folder.resolve())
    program = files(__package__).joinpath("probe.py").read_text(encoding="utf-8")
    command = [sys.executable, "-B", "-c", program, folder, *(handler.text for handler in handlers)]
    try:
        result = subprocess.run(  # noqa: S603 - our own program; it imports what the caller let us import
            command, capture_output=True, timeout=IMPORT_TIMEOUT_S, check=False, cwd=folder, env={**own, **told}
        )
        outcome: list[dict[str, str]] = json.loads(result.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        outcome = [{"why": f"it took more than {IMPORT_TIMEOUT_S} s"}] * len(handlers)
    except (ValueError, IndexError):
        outcome = [{"why": "the process ended before it was done"}] * len(handlers)
    return outcome
