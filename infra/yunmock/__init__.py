"""yunmock: a local Alibaba Cloud that the real SDKs talk to, in process or over loopback."""

from __future__ import annotations

from yunmock.clock import Clock
from yunmock.cloud import Account, Cloud
from yunmock.errors import EndpointRefusedError, ServiceUnavailableError, YunmockError
from yunmock.faults import Fault
from yunmock.local import deploy, local_cloud

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
]
