"""Instructions counted by valgrind's callgrind, which do not drift with the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VALGRIND = shutil.which("valgrind")
"""None where valgrind is not installed; then no instructions are measured."""
_COLLECTED = re.compile(r"Collected : (\d+)")


def instructions(program: str, environment: Mapping[str, str], payload: str = "") -> float:
    """Millions of instructions that a new Python process executes for `program`, with `payload` as its input.

    Raises:
        RuntimeError: the program failed.
    """
    assert VALGRIND is not None
    command = [VALGRIND, "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-S", "-c", program]
    variables = {**os.environ, **environment, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, input=payload, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    found = _COLLECTED.search(done.stderr)
    if done.returncode or found is None:
        raise RuntimeError(done.stderr)
    return int(found[1]) / 1e6
