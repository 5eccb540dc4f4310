"""Check the template: `python -m opsctl.ros`; the exit code is 1 if something is wrong."""

from __future__ import annotations

import sys
from pathlib import Path

from opsctl.ros.check import findings
from opsctl.ros.template import read

ROOT = Path(__file__).parents[3]


def main() -> int:
    """Run the check."""
    found = findings(read(), ROOT / "s.yaml")
    sys.stdout.writelines(f"infra/ros/template.yaml: {finding}\n" for finding in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
