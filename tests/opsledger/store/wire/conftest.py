"""What all tests of the wire client hold to."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def _closed() -> Iterator[None]:
    """Connections are closed when their client ends: one that is not is a warning, and so an error."""
    yield
    gc.collect()
