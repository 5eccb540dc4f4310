"""How long an operator's command keeps trying, and under what name it writes."""

from __future__ import annotations

import uuid

from opsledger.deadline import Deadline, SystemClock

STEP_S = 120.0
"""For one entry, record or batch; after that the command gives up and says why."""


def deadline() -> Deadline:
    """The time one step of a command may use, from now."""
    return Deadline(SystemClock(), STEP_S)


def writer() -> str:
    """An id for what one step of a command writes; no other shares it."""
    return f"opsledger-{uuid.uuid4()}"
