"""The clouds that answer a patched SDK: contexts nest, the one entered last answers, the last to leave unpatches."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from yunmock.cloud import Cloud


class NestedClouds:
    """The clouds that a patch serves at this moment; thread-safe.

    Args:
        install: applies the patch, before the first cloud answers.
        remove: takes it back, after the last.
    """

    def __init__(self, install: Callable[[], None], remove: Callable[[], None]) -> None:
        self._install, self._remove = install, remove
        self._lock = threading.Lock()
        self._clouds: list[Cloud] = []

    @contextmanager
    def entered(self, cloud: Cloud) -> Iterator[None]:
        """While inside, `cloud` answers, unless another is entered after it."""
        with self._lock:
            if not self._clouds:
                self._install()
            self._clouds.append(cloud)
        try:
            yield
        finally:
            with self._lock:
                # From the end, by identity: the same cloud may be in force more than once.
                del self._clouds[max(place for place, held in enumerate(self._clouds) if held is cloud)]
                if not self._clouds:
                    self._remove()

    @property
    def newest(self) -> Cloud | None:
        """The cloud that answers; None if the last context has ended, as it may during a call."""
        with self._lock:
            return self._clouds[-1] if self._clouds else None

    def current(self) -> Cloud:
        """The same.

        Raises:
            ConnectionRefusedError: the last context has ended.
        """
        cloud = self.newest
        if cloud is None:
            raise ConnectionRefusedError("mock_aliyun is no longer active")
        return cloud
