"""The program of the import check; it runs in a process of its own, as text behind `python -c`.

Its arguments are the code's folder and the handlers; its last line is a JSON list with what became of each.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys


def probe(text: str) -> dict[str, str]:
    """Import one handler: `why` it cannot be used, and which package is `missing` here, if that is why."""
    module, _, name = text.rpartition(".")
    try:
        found = getattr(importlib.import_module(module.replace("/", ".")), name, None)
    except BaseException as error:  # noqa: BLE001 - other people's code raises what it likes, SystemExit among it
        why = f"{type(error).__name__}: {error}"
        return {"why": why, "missing": _missing(error.name or "") if isinstance(error, ModuleNotFoundError) else ""}
    return {"why": "" if callable(found) else f"{name} cannot be called"}


def _missing(name: str) -> str:
    """The package that `name` is of, when that is not here at all."""
    package = name.partition(".")[0]
    return "" if importlib.util.find_spec(package) else package


def main(folder: str, *handlers: str) -> None:
    """Probe every handler; what the code itself prints comes before the last line."""
    sys.path[:0] = [folder, f"{folder}/python"]
    told = [probe(text) for text in handlers]
    sys.__stdout__.write(f"\n{json.dumps(told)}\n")  # type: ignore[union-attr]  # there is a standard output


if __name__ == "__main__":
    main(*sys.argv[1:])
