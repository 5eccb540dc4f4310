"""A server of an empty cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of an empty cloud."""
    cloud = local_cloud()
    with Server(cloud) as server:
        yield server
    cloud.close()
