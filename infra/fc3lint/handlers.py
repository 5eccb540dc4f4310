"""Check handlers by reading their modules' source; nothing is imported.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/event-handlers-python: a handler is `module.function`
in the code folder and takes (event, context). A lifecycle hook takes (context).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fc3lint.document import dig, mapping
from fc3lint.function_models import BUILT_IN_PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fc3lint.document import Document
    from yunmock.s_yaml import Keys

HANDLER, HOOK = ("event", "context"), ("context",)
ARCHIVES = (".zip", ".jar", ".war")
HOOKS = ("initializer", "preStop")


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler or hook that the file names.

    Attributes:
        text: `module.function`.
        keys: where the file names it.
        folder: the code folder.
        module: the module's file, which may not exist.
        name: the function.
        parameters: what it is called with.
    """

    text: str
    keys: Keys
    folder: Path
    module: Path
    name: str
    parameters: tuple[str, ...]


def check(document: Document, props: Mapping[str, object], keys: Keys) -> list[Handler]:
    """Check the handlers of one function; return those whose modules can be read."""
    folder = _folder(document, props, keys)
    if folder is None or props.get("runtime") not in BUILT_IN_PYTHON:
        return []
    return [handler for handler in _handlers(document, props, keys, folder) if _check_source(document, handler)]


def imports(document: Document, props: Mapping[str, object], library: str) -> bool:
    """Whether the module of a function's handler imports a library."""
    source, text = props.get("code"), props.get("handler")
    if not isinstance(source, str) or not isinstance(text, str):
        return False
    tree = parse(document.path.parent / source / _file(text.rpartition(".")[0]))
    return tree is not None and library in imported(tree)


def parse(module: Path) -> ast.Module | None:
    """A module's syntax tree, None if it cannot be read or is not Python."""
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


def _folder(document: Document, props: Mapping[str, object], keys: Keys) -> Path | None:
    """The code folder, None if the code is an archive or in OSS."""
    code = props.get("code")
    source = code.get("src") if isinstance(code, dict) else code
    if not isinstance(source, str) or not source:
        return None
    folder = document.path.parent / source
    if folder.is_dir():
        return folder
    if not folder.is_file() and not (source.endswith(ARCHIVES) and _is_built(document, keys)):
        fix = "Create it, or correct the path; paths are relative to this file's folder."
        document.add("code-missing", (*keys, "code"), f"there is no {source}", fix)
    return None


def _is_built(document: Document, keys: Keys) -> bool:
    """Whether an action before the deployment may create the archive."""
    own = dig(document.root, "resources", str(keys[1]), "actions")
    return any("pre-deploy" in mapping(actions) for actions in (own, document.root.get("actions")))


def _handlers(document: Document, props: Mapping[str, object], keys: Keys, folder: Path) -> Iterator[Handler]:
    named: list[tuple[object, Keys, tuple[str, ...]]] = [(props.get("handler"), (*keys, "handler"), HANDLER)]
    for name in HOOKS:
        hook = mapping(dig(props, "instanceLifecycleConfig", name))
        if not hook.get("command"):
            named.append((hook.get("handler"), (*keys, "instanceLifecycleConfig", name, "handler"), HOOK))
    for text, where, parameters in named:
        if not isinstance(text, str):
            continue
        module, _, name = text.rpartition(".")
        if module and name.isidentifier():
            yield Handler(text, where, folder, folder / _file(module), name, parameters)
        else:
            fix = "Write `index.handler` for `def handler(event, context)` in index.py."
            document.add("handler-form", where, f"{text!r} is not module.function", fix)


def _file(module: str) -> str:
    return module.replace(".", "/") + ".py"


def _check_source(document: Document, handler: Handler) -> bool:
    """Check a handler by its module's source; return whether it can be imported."""
    file = handler.module.name
    if not handler.module.is_file():
        fix = f"Create it, or correct the handler `{handler.text}`."
        document.add("handler-missing", handler.keys, f"there is no {file} in {handler.folder.name}/", fix)
        return False
    tree = parse(handler.module)
    if tree is None:
        document.add("handler-import", handler.keys, f"{file} is not valid Python", _first_error(handler.module))
        return False
    found = _definition(tree.body, handler.name)
    if found is None:
        others = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        fix = f"Use one of its functions: {', '.join(others)}." if others else f"Define `def {handler.name}` in it."
        document.add("handler-missing", handler.keys, f"{file} does not define {handler.name}", fix)
        return False
    if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) and not _takes(found, len(handler.parameters)):
        parameters = ", ".join(handler.parameters)
        message = f"{handler.name} in {file}, line {found.lineno}, cannot be called with ({parameters})"
        document.add("handler-arity", handler.keys, message, f"Write `def {handler.name}({parameters}):`.")
    return True


def _first_error(module: Path) -> str:
    try:
        ast.parse(module.read_text(encoding="utf-8"))
    except SyntaxError as error:
        return f"Line {error.lineno}: {error.msg}."
    except ValueError as error:
        return f"{error}."
    return "Fix it."


def _definition(body: list[ast.stmt], name: str) -> ast.stmt | None:
    """The last statement of a module that binds `name`, also inside `if`, `try` and `with`."""
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


def _takes(function: ast.FunctionDef | ast.AsyncFunctionDef, count: int) -> bool:
    """Whether a function can be called with `count` positional arguments; a decorator may change that, so then yes."""
    if function.decorator_list:
        return True
    arguments = function.args
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    return required <= count <= (count if arguments.vararg else positional) and None not in arguments.kw_defaults
