"""Check the template: `PYTHONPATH=infra python -m ros`; the exit code is 1 when something is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from ros.check import findings
from ros.template import read

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Run the check."""
    found = findings(read(), ROOT / "s.yaml")
    sys.stdout.writelines(f"infra/ros/template.yaml: {finding}\n" for finding in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
