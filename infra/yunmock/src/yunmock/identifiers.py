"""Ids of requests, instances and transactions: random, or the same in every run once a seed is given.

There is one source for the whole process, because its clouds share the vendor's SDKs, too.
"""

from __future__ import annotations

import random
import threading
import uuid

RESOURCE_PREFIXES = {"cn-hangzhou": "bp1", "cn-beijing": "2ze", "cn-shanghai": "uf6", "cn-shenzhen": "wz9"}
"""The beginning of a region's resource ids; all other regions share `OTHER_PREFIX`."""
OTHER_PREFIX = "0jl"

_lock = threading.Lock()
_seeded: random.Random | None = None


def seed(value: int | str | None) -> None:
    """Draw ids from `value` on; None: random ones again."""
    global _seeded  # noqa: PLW0603 - one source for the process is the point
    with _lock:
        _seeded = None if value is None else random.Random(value)  # noqa: S311 - ids, not secrets


def new_uuid() -> uuid.UUID:
    """A version 4 UUID."""
    with _lock:
        if _seeded is None:
            return uuid.uuid4()
        return uuid.UUID(int=_seeded.getrandbits(128), version=4)


def resource_prefix(region: str) -> str:
    """What the ids of a region's resources have after their kind, as in `i-bp1…`."""
    return RESOURCE_PREFIXES.get(region, OTHER_PREFIX)


def resource_id(kind: str, region: str, sequence: int) -> str:
    """The id of a resource in the form of the vendor's; `kind` is such as `i`, `d`, `e` or `eci`."""
    return f"{kind}-{resource_prefix(region)}{sequence:017d}"
