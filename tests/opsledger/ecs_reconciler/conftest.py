"""A scene in a cloud in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.opsledger.ecs_reconciler.scene import Scene

from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def scene() -> Iterator[Scene]:
    """An empty ledger beside an empty cloud."""
    with mock_aliyun() as cloud:
        yield Scene(cloud)
