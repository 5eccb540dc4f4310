"""The program that imports handlers. It runs in its own process, as text after `python -c`.

Its arguments are the code folder and the handlers. Its last line is a JSON list with the outcome for each.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys


def check(text: str) -> dict[str, str]:
    """Import one handler: the `error`, and the `missing` package if that is the reason."""
    module, _, name = text.rpartition(".")
    try:
        found = getattr(importlib.import_module(module.replace("/", ".")), name, None)
    except BaseException as error:  # noqa: BLE001 - the code may raise anything, also SystemExit
        reason = f"{type(error).__name__}: {error}"
        missing = _missing(error.name or "") if isinstance(error, ModuleNotFoundError) else ""
        return {"error": reason, "missing": missing}
    return {"error": "" if callable(found) else f"{name} cannot be called"}


def _missing(name: str) -> str:
    """The package of a module, if the package is not installed at all."""
    package = name.partition(".")[0]
    return "" if importlib.util.find_spec(package) else package


def main(folder: str, *handlers: str) -> None:
    """Import every handler; the code itself may print before the last line."""
    sys.path[:0] = [folder, f"{folder}/python"]
    outcomes = [check(text) for text in handlers]
    sys.__stdout__.write(f"\n{json.dumps(outcomes)}\n")  # type: ignore[union-attr]  # there is a standard output


if __name__ == "__main__":
    main(*sys.argv[1:])
