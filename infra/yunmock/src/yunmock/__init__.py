"""yunmock: a local Alibaba Cloud that the real SDKs talk to, in process or over loopback.

Every public name is imported on first use. pytest imports this package to find its plugin, in every run of every
project where yunmock is installed, so the package itself must cost nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.clock import Clock
    from yunmock.cloud import Account, Cloud
    from yunmock.errors import EndpointRefusedError, ReplayMismatchError, ServiceUnavailableError, YunmockError
    from yunmock.faults import Fault
    from yunmock.local import LocalCloud, deploy, deploy_rules, local_cloud
    from yunmock.mock import mock_aliyun, replay
    from yunmock.readings import Readings
    from yunmock.recording.replay import ReplayedCloud

__all__ = [
    "Account",
    "Clock",
    "Cloud",
    "EndpointRefusedError",
    "Fault",
    "LocalCloud",
    "Readings",
    "ReplayMismatchError",
    "ReplayedCloud",
    "ServiceUnavailableError",
    "YunmockError",
    "deploy",
    "deploy_rules",
    "local_cloud",
    "mock_aliyun",
    "replay",
]

_MODULES = {
    "Account": "cloud",
    "Clock": "clock",
    "Cloud": "cloud",
    "EndpointRefusedError": "errors",
    "Fault": "faults",
    "LocalCloud": "local",
    "Readings": "readings",
    "ReplayMismatchError": "errors",
    "ReplayedCloud": "recording.replay",
    "ServiceUnavailableError": "errors",
    "YunmockError": "errors",
    "deploy": "local",
    "deploy_rules": "local",
    "local_cloud": "local",
    "mock_aliyun": "mock",
    "replay": "mock",
}

if not TYPE_CHECKING:  # a type checker reads the imports above, and still reports a name that does not exist

    def __getattr__(name: str) -> object:
        """Import the module that defines `name`, and keep the name here."""
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value
