"""The values of cells: what a column holds, and what a key may hold in a request."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

Value: TypeAlias = int | float | bool | str | bytes


class Bound(Enum):
    """Key values that are not data: the ends of a range, and the request for a generated number."""

    INF_MIN = 0x09
    INF_MAX = 0x0A
    AUTO_INCREMENT = 0x0B


KeyValue: TypeAlias = Value | Bound
