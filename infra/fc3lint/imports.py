"""Import every handler, each function's in its own process, and report what fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TYPE_CHECKING

from fc3lint.document import mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fc3lint.document import Document
    from fc3lint.handlers import Handler

IMPORT_TIMEOUT_S = 20
PARALLEL = 4
SECRET = "ALIBABA_CLOUD_"  # noqa: S105 - the prefix of variables, which imported code does not get


def check(document: Document, functions: Sequence[tuple[Mapping[str, object], list[Handler]]]) -> None:
    """Import the handlers of each function, some functions at a time."""
    some = [(mapping(props.get("environmentVariables")), handlers) for props, handlers in functions if handlers]
    with ThreadPoolExecutor(PARALLEL) as pool:
        results = list(pool.map(lambda one: _import(*one), some))
    for (_, handlers), outcomes in zip(some, results, strict=True):
        for handler, outcome in zip(handlers, outcomes, strict=True):
            _report(document, handler, outcome)


def _report(document: Document, handler: Handler, outcome: Mapping[str, str]) -> None:
    module = handler.module.name
    if missing := outcome.get("missing"):
        message = f"{module} imports {missing}, which is not installed here"
        fix = "Install it here to check the import; deploy it in the package or a layer."
        document.add("handler-unsure", handler.keys, message, fix)
    elif outcome["error"]:
        message = f"{handler.text} cannot be imported: {outcome['error']}"
        document.add("handler-import", handler.keys, message, f"Fix {module}.")


def _import(environment: Mapping[str, object], handlers: list[Handler]) -> list[dict[str, str]]:
    """The outcome for each handler, in one process with the function's own environment."""
    variables = {str(name): value for name, value in environment.items() if isinstance(value, str)}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(SECRET)}
    folder = str(handlers[0].folder.resolve())
    program = files(__package__).joinpath("import_check.py").read_text(encoding="utf-8")
    command = [sys.executable, "-B", "-c", program, folder, *(handler.text for handler in handlers)]
    try:
        result = subprocess.run(  # noqa: S603 - our own program; it imports what the caller allows
            command,
            capture_output=True,
            timeout=IMPORT_TIMEOUT_S,
            check=False,
            cwd=folder,
            env={**inherited, **variables},
        )
        outcomes: list[dict[str, str]] = json.loads(result.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        outcomes = [{"error": f"it takes more than {IMPORT_TIMEOUT_S} s"}] * len(handlers)
    except (ValueError, IndexError):
        outcomes = [{"error": "the process ended during the import"}] * len(handlers)
    return outcomes
