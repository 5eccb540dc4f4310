"""Where a poller looks."""

from __future__ import annotations

from typing import NamedTuple


class PolledRegion(NamedTuple):
    """A region of one account: `account` owns what is polled, and becomes the records' account."""

    region: str
    account: str | None
