"""Every kind of channel that is reached by HTTP."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from opsledger.notify.channels import dingtalk, feishu, pagerduty, slack, webhook, wecom
from opsledger.notify.channels.channel import Channel, Limit, Target

__all__ = ["CHANNELS", "Channel", "Limit", "Target", "kind_of_url"]

CHANNELS: Final = {
    module.CHANNEL.kind: module.CHANNEL for module in (dingtalk, feishu, wecom, slack, pagerduty, webhook)
}
"""Kind → channel."""


def kind_of_url(url: str) -> str:
    """The kind of channel behind an address; `webhook` for a host of nobody's.

    Raises:
        ValueError: it is no address that begins with https:// or http://.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("a channel's address begins with https://")
    return next((kind for kind, channel in CHANNELS.items() if parts.hostname in channel.hosts), "webhook")
