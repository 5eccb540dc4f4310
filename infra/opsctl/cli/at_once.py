"""The first thing that a new user types, `opsledger records` where nothing is recorded: answered at once.

typer builds every option with pydantic, which takes three times as long as to import typer. Words beyond these few go
to typer.
"""

from __future__ import annotations

import os

STATE_FILE = "cloud.sqlite"
"""The local cloud's state, in the folder that `--data` names."""
ANSWERS = {("records",): "0 records\n", ("records", "--json"): "[]\n"}


def answer(words: list[str]) -> str | None:
    """What `opsledger` prints for these words; None where typer has to read them, or there may be records."""
    folder = os.environ.get("OPSLEDGER_DATA") or ".opsledger"
    if len(words) > 1 and words[0] == "--data":
        folder, words = words[1], words[2:]
    said = ANSWERS.get(tuple(words))
    if said is None or os.environ.get("OPSLEDGER_LANG", "en") != "en" or "_OPSLEDGER_COMPLETE" in os.environ:
        return None
    # pathlib takes longer to import than all of this
    is_new = not os.path.exists(folder)  # noqa: PTH110 - see above
    is_empty = os.path.isdir(folder) and not os.path.exists(os.path.join(folder, STATE_FILE))  # noqa: PTH110, PTH112, PTH118 - see above
    return said if is_new or is_empty else None
