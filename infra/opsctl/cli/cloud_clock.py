"""The clock of functions on a local cloud whose time a command moves."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

from opsledger.deadline import SystemClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yunmock import Cloud


class CloudClock(SystemClock):
    """The functions' clock while a command moves the cloud's: they see the time that the cloud sees."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def now_ms(self) -> int:
        """The cloud's time, in ms since the epoch, UTC."""
        return self._cloud.clock.now_ms()


@contextmanager
def seen_by_functions(cloud: Cloud) -> Iterator[None]:
    """Let the functions see the cloud's clock.

    Without it, what a function puts off for a minute, such as a message beyond a channel's limit, is not due however
    far the command moves the cloud's time.
    """
    with patch("opsledger.handlers.invocation.SystemClock", lambda: CloudClock(cloud)):
        yield
