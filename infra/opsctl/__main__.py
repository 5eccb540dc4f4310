"""The command `opsledger`, also where `opsledger[cli]` is not installed: then it says so in one line."""

from __future__ import annotations

import sys

OURS = ("opsledger", "opsctl", "fc3lint", "yunmock")
INSTALL = "pip install 'opsledger[cli]'"


def main() -> None:
    """Run the command line.

    A third-party module that is missing ends in one line and exit code 1. A missing module of the project itself is a
    bug, except yunmock, which the extra installs.
    """
    try:
        from opsctl.cli import main as run  # noqa: PLC0415 - the import may fail, see above

        run()
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.partition(".")[0] in OURS and missing != "yunmock":
            raise
        sys.exit(f"opsledger: the command line needs the module {missing!r}; run: {INSTALL}")


if __name__ == "__main__":
    main()
