"""The command line `opsledger`: a local cloud in one folder, and the records in its ledger.

`opsctl.cli.options` has the exit codes.
"""

from __future__ import annotations

import errno
import os
import sys


def main() -> None:
    """Run the command line; an expected failure ends in one line on standard error, not in a traceback."""
    from opsctl.cli.at_once import answer

    _open_closed_streams()
    said = answer(sys.argv[1:])
    if said is not None:
        sys.stdout.write(said)
        sys.exit(_flushed(0))
    from opsctl.cli import display, words

    with display.in_language(words.language(sys.argv[1:])):
        code = _ended()
    sys.exit(_flushed(code))


def _open_closed_streams() -> None:
    """Give standard streams that are closed (`>&-`) a place: Python has None there, and a file would get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - open until the end


def _ended() -> str | int | None:
    """Run the command that is meant, and return its exit code."""
    from opsctl.cli import words
    from opsctl.cli.assembly import COMMANDS, GROUPS, assemble

    try:
        assemble(words.command(sys.argv[1:], {*COMMANDS, *GROUPS}))(prog_name="opsledger")
    except SystemExit as ended:
        return 0 if _is_broken_pipe(ended.__context__) else ended.code
    except KeyboardInterrupt:  # before typer began, or after it ended
        from opsctl.cli.options import INTERRUPTED

        return INTERRUPTED
    except Exception as error:
        from opsctl.cli import failures

        code = failures.explained(error)
        if code is None:
            raise
        return code
    return 0


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
