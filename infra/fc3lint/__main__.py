"""`python -m fc3lint s.yaml`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fc3lint import lint, report


def main(arguments: list[str] | None = None) -> int:
    """Lint a file, print the findings, and return the exit code."""
    parser = argparse.ArgumentParser(prog="fc3lint", description="Find mistakes in an fc3 s.yaml.")
    parser.add_argument("file", nargs="?", type=Path, default=Path("s.yaml"), help="a Serverless Devs file")
    parser.add_argument("--no-import", action="store_true", help="do not import the handlers' modules")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    findings = lint(options.file, import_check=not options.no_import)
    sys.stdout.write(report.render(findings, as_json=options.json))
    return report.exit_code(findings)


if __name__ == "__main__":
    sys.exit(main())
