"""yunmock: a local Alibaba Cloud that the real SDKs talk to, in process or over loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from yunmock.clock import Clock
from yunmock.cloud import Account, Cloud
from yunmock.errors import EndpointRefusedError, ServiceUnavailableError, YunmockError
from yunmock.faults import Fault
from yunmock.local import deploy, local_cloud

if TYPE_CHECKING:
    from yunmock.mock import mock_aliyun

__all__ = [
    "Account",
    "Clock",
    "Cloud",
    "EndpointRefusedError",
    "Fault",
    "ServiceUnavailableError",
    "YunmockError",
    "deploy",
    "local_cloud",
    "mock_aliyun",
]


def __getattr__(name: str) -> object:
    """Import `mock_aliyun` on first use: it needs `requests` and `responses`, which the server does not."""
    if name == "mock_aliyun":
        from yunmock.mock import mock_aliyun  # noqa: PLC0415 - see above

        return mock_aliyun
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
