"""Every kind of receiver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.chat import dingtalk, email, feishu, pagerduty, slack, webhook, wecom

if TYPE_CHECKING:
    from yunmock.chat.model import Kind

_MODULES = (dingtalk, feishu, wecom, slack, pagerduty, webhook, email)
KINDS: dict[str, Kind] = {module.KIND.kind: module.KIND for module in _MODULES}
