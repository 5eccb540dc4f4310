"""How long a command keeps trying, and the id it writes under."""

from __future__ import annotations

import math
import uuid

from opsledger.deadline import Deadline, SystemClock

STEP_S = 120.0
"""For one entry, record or batch; after that the command gives up and says why."""


def deadline() -> Deadline:
    """Return the deadline of one step of a command, counted from now."""
    return Deadline(SystemClock(), STEP_S)


def endless() -> Deadline:
    """Return a deadline for a command that limits each of its steps by itself."""
    return Deadline(SystemClock(), math.inf)


def writer() -> str:
    """Return a unique id for the writes of one step."""
    return f"opsledger-{uuid.uuid4()}"
