"""A cloud whose clock stands at noon, once in memory and once on SQLite, that answers the requests of this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock import local_cloud, mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from yunmock import Cloud

REGION = "cn-hangzhou"
NOON_MS = 1_735_732_800_000
"""2025-01-01T12:00:00Z."""
STORAGES = ("memory", "sqlite")


def cloud_at_noon(storage: str, folder: Path) -> Iterator[Cloud]:
    """A cloud on one of `STORAGES`, which checks keys; its file is in `folder`."""
    cloud = local_cloud(data=folder / "cloud.sqlite" if storage == "sqlite" else None, strict_keys=True)
    cloud.clock.freeze(NOON_MS)
    with mock_aliyun(cloud):
        yield cloud
    cloud.close()
