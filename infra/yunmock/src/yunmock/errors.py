"""Errors of yunmock itself, and the base of the refusals that its services answer with.

YunmockError
├── DataFileError             the file that should keep the state cannot
├── ServiceUnavailableError   this installation lacks a service
├── EndpointRefusedError      a request to the real cloud was stopped
├── OnlyRecordedError         a replay was asked for a service, and has none
└── ReplayMismatchError       a replay has no answer to a request
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXTRAS = ("tablestore",)
"""The services that need an extra of the distribution."""


class YunmockError(Exception):
    """Any error of yunmock itself."""


class DataFileError(YunmockError, ValueError):
    """The file that should keep a cloud's state is another program's or no SQLite file, or it fails.

    The message says what to do.
    """

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(f"{path}: cannot keep the state: {reason}")
        self.path = path


class ServiceUnavailableError(YunmockError):
    """This installation lacks a service; `module` could not be imported."""

    def __init__(self, service: str, module: str) -> None:
        install = f"; run: pip install 'yunmock[{service}]'" if service in EXTRAS else ""
        super().__init__(f"yunmock has no service {service!r} here: the module {module!r} is missing{install}")
        self.service, self.module = service, module


class EndpointRefusedError(YunmockError, ConnectionError):
    """A request to an Alibaba Cloud address that yunmock does not emulate; nothing left this machine."""


class OnlyRecordedError(YunmockError, LookupError):
    """A replay was asked for one of its services: it has none, and answers what was recorded."""

    def __init__(self, service: str) -> None:
        super().__init__(f"this is a replay: it has no service {service!r}, and answers recorded requests alone")


class ReplayMismatchError(YunmockError, AssertionError):
    """A request is not the one that the recording has next, or not in it at all; the message says what differs."""


class RefusalError(Exception):
    """A service's refusal, with the status, code and message that go over the wire.

    Attributes:
        errors: the service's codes, each with its HTTP status and the template of its message.
    """

    errors: ClassVar[Mapping[str, tuple[int, str]]]

    def __init__(self, code: str, *values: object, message: str | None = None) -> None:
        status, template = self.errors[code]
        super().__init__(message or template.format(*values))
        self.code = code
        self.status = status
