"""The whole application, for the generated pages, for completion and for tests; see `opsctl.cli.assembly`."""

from __future__ import annotations

from opsctl.cli import display
from opsctl.cli.assembly import COMMANDS, assemble

__all__ = ("COMMANDS", "app")

with display.fixed(display.Display()):
    app = assemble()
