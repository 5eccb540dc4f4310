"""How long a command keeps trying, and the id it writes under."""

from __future__ import annotations

import uuid

from opsledger.deadline import Deadline, SystemClock

STEP_S = 120.0
"""For one entry, record or batch; after that the command gives up and says why."""


def deadline() -> Deadline:
    """Return the deadline of one step of a command, counted from now."""
    return Deadline(SystemClock(), STEP_S)


def writer() -> str:
    """Return a unique id for the writes of one step."""
    return f"opsledger-{uuid.uuid4()}"
