"""What the operators' tools raise for a person to read: what happened, and what to do.

`docs/errors.md` lists every message; `opsctl.cli.main` prints it and ends with the error's exit code.
"""

from __future__ import annotations

from opsledger.errors import OpsLedgerError


class ToolError(OpsLedgerError):
    """Something failed, and nothing else says it better; exit code 1."""


class NotThereError(ToolError, LookupError):
    """A record, payload, function or file that was asked for does not exist, or is not one; exit code 3."""


class WrongUsageError(ToolError, ValueError):
    """What was asked cannot be, such as a status that no event has; exit code 2."""


class ReaderGoneError(ToolError):
    """Nobody reads the output any more, as with `| head`: the command ends, and that is no failure."""
