"""The command line `opsledger`: a local cloud in one folder, and the records in its ledger.

`opsctl.cli.options` has the exit codes.
"""

from __future__ import annotations

import errno
import sys


def main() -> None:
    """Run the command line; an expected failure ends in one line on standard error, not in a traceback."""
    from opsctl.cli.at_once import answer

    said = answer(sys.argv[1:])
    if said is not None:
        sys.stdout.write(said)
        sys.exit(_flushed(0))
    from opsctl.cli.app import app

    try:
        app(prog_name="opsledger")
    except SystemExit as ended:
        code = 0 if _is_broken_pipe(ended.__context__) else ended.code
    except Exception as error:
        from opsctl.cli import failures

        code = failures.explained(error)
        if code is None:
            raise
    sys.exit(_flushed(code))


def _flushed(code: str | int | None) -> str | int | None:
    """Write out what is left: a reader that has ended, such as `head`, is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        from opsctl.cli import terminal

        terminal.close(sys.stdout)
    return code


def _is_broken_pipe(error: BaseException | None) -> bool:
    """Whether typer ended because nobody reads the help any more."""
    return isinstance(error, OSError) and error.errno == errno.EPIPE
