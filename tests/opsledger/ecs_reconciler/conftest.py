"""A scene in a cloud in this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.opsledger.ecs_reconciler.scene import Scene

from yunmock import mock_aliyun

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the vendor's library use `utcnow`, which Python deprecates from 3.12 on, in the tests of this folder."""
    allowed = pytest.mark.filterwarnings(r"ignore:datetime\.datetime\.utcnow:DeprecationWarning")
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(allowed)


@pytest.fixture
def scene() -> Iterator[Scene]:
    """An empty ledger beside an empty cloud."""
    with mock_aliyun() as cloud:
        yield Scene(cloud)
