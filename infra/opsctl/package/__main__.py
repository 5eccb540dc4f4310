"""`make package`: build the layers and code packages of every runtime into `build/package/`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from opsctl.package.build import build
from opsctl.package.report import lines
from opsctl.package.targets import RUNTIMES, BuildError

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[3]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or 1 if something could not be built."""
    options = _parser().parse_args(argv)
    try:
        for name in options.runtime or RUNTIMES:
            built = build(ROOT, options.out, RUNTIMES[name], compiled=options.bytecode)
            sys.stdout.writelines(f"{line}\n" for line in lines(built, RUNTIMES[name]))
    except BuildError as error:
        sys.stderr.write(f"package: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m opsctl.package", description=__doc__)
    parser.add_argument(
        "--runtime", action="append", choices=sorted(RUNTIMES), help="build only this runtime; may be repeated"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "package", help="the folder to build into (default: %(default)s)"
    )
    parser.add_argument(
        "--no-bytecode", dest="bytecode", action="store_false", help="do not compile: each cold start does"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
