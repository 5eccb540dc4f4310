"""What one request works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.faults import Fault
    from yunmock.tablestore.limits import Limits, Settings
    from yunmock.tablestore.state import Store


@dataclass(frozen=True, slots=True)
class Context:
    """The instance's state, the moment, and the rules in force.

    Attributes:
        now_ms: the cloud's time, read once so that all of a request happens at one moment.
        fault: a fault that strikes single rows of a batch, if any.
    """

    store: Store
    now_ms: int
    limits: Limits
    settings: Settings
    fault: Fault | None = None
