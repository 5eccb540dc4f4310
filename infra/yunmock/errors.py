"""Errors of yunmock itself, as opposed to those its services answer with.

YunmockError
├── ServiceUnavailableError   a service was asked for that is not there
└── EndpointRefusedError      a request to the real cloud was stopped
"""

from __future__ import annotations


class YunmockError(Exception):
    """Anything yunmock raises on its own behalf."""


class ServiceUnavailableError(YunmockError):
    """A service that this installation does not have; `module` is what could not be imported."""

    def __init__(self, service: str, module: str) -> None:
        super().__init__(f"yunmock has no service {service!r} here: the module {module!r} is missing")
        self.service, self.module = service, module


class EndpointRefusedError(YunmockError, ConnectionError):
    """A request to an Alibaba Cloud address that yunmock does not stand in for; nothing left this machine."""
