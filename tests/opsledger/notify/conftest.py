"""Receivers to send to, as fixtures."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from tests.opsledger.notify.receivers import NOW_MS, Chat
from tests.opsledger.notify.world import World

from yunmock import local_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def chat() -> Iterator[Chat]:
    """The receivers of a cloud on loopback, its clock standing."""
    with ExitStack() as stack:
        cloud = local_cloud()
        stack.callback(cloud.close)
        cloud.clock.freeze(NOW_MS)
        yield Chat(cloud, stack)


@pytest.fixture
def world() -> World:
    """A store in memory, one chat channel."""
    return World()
