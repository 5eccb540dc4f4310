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
    foreign = os.environ.get("OPSLEDGER_LANG", "en") != "en" or "_OPSLEDGER_COMPLETE" in os.environ
    return None if said is None or foreign or os.path.exists(os.path.join(folder, STATE_FILE)) else said  # noqa: PTH110, PTH118 - pathlib takes longer to import than all of this
