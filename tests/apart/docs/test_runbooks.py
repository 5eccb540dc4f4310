"""Every command of the runbooks that needs no id is run, where nothing is wrong."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from tests.apart.docs.conftest import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

BLOCK = re.compile(r"^(?P<indent> *)```sh\n(?P<code>.*?)^ *```", re.DOTALL | re.MULTILINE)


def test_every_command_of_the_runbooks_works(folder: Path) -> None:
    """On a local cloud where an event was recorded; each ends well."""
    page = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
    lines = dict.fromkeys(
        line for found in BLOCK.finditer(page) for line in textwrap.dedent(found["code"]).splitlines()
    )
    assert lines
    run(folder, "opsledger publish events/forms/ecs-cloudevent.json")
    for line in lines:
        run(folder, line)
