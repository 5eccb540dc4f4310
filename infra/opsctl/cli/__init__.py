"""The command line `opsledger`: a local cloud in one folder, and the records in its ledger.

Exit codes: 0 done; 1 something failed (a function raised, an event could not be published); 2 wrong usage;
3 what was asked for does not exist.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; an expected failure ends in one line on standard error, not in a traceback."""
    from opsctl.cli import terminal
    from opsctl.cli.app import app
    from opsctl.cli.options import FAILED, NOT_THERE
    from opsledger.errors import OpsLedgerError

    try:
        app()
    except (OpsLedgerError, LookupError, ValueError, OSError, RuntimeError) as error:
        terminal.complain(_message(error))
        sys.exit(NOT_THERE if isinstance(error, LookupError) else FAILED)


def _message(error: Exception) -> str:
    """The error in one line; of a file that cannot be read or written, its name and why."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror}"
    return f"{error}" or type(error).__name__
