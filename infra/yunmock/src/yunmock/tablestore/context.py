"""What one request works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.faults import Fault
    from yunmock.tablestore.limits import TablestoreLimits, TablestoreSettings
    from yunmock.tablestore.state import TablestoreState


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The instance's state, the time of the request, and the rules in force.

    Attributes:
        now_ms: the cloud's time in milliseconds, read once so that everything in a request has the same time.
        fault: a fault that strikes single rows of a batch, if any.
    """

    state: TablestoreState
    now_ms: int
    limits: TablestoreLimits
    settings: TablestoreSettings
    fault: Fault | None = None
