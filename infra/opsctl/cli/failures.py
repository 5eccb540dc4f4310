"""The failures that a person can do something about, each with its exit code; any other error is a bug.

A failure is named by its class, and looked up only where its module is loaded: no other module can have raised it.
"""

from __future__ import annotations

import sys

from opsctl.cli import terminal
from opsctl.cli.options import FAILED, NOT_THERE, USAGE
from opsctl.errors import NotThereError, ReaderGoneError, WrongUsageError
from opsledger.errors import OpsLedgerError

CODES: tuple[tuple[type[Exception], int], ...] = (
    (NotThereError, NOT_THERE),
    (WrongUsageError, USAGE),
    (FileNotFoundError, NOT_THERE),
    (OpsLedgerError, FAILED),
    (OSError, FAILED),
)
"""The first class that fits decides."""

OF_OTHERS = {
    "opsctl.ros.template": ("UnknownReferenceError",),
    "opsctl.rules.corpus": ("CorpusError",),
    "opsctl.sample.contents": ("SampleError",),
    "yaml": ("YAMLError",),
    "yunmock.errors": ("YunmockError", "RefusalError"),
    "yunmock.eventbridge.operators": ("InvalidPatternError",),
    "yunmock.eventbridge.transform": ("InvalidTransformError",),
    "yunmock.fc.schedule": ("InvalidScheduleError",),
    "yunmock.s_yaml": ("InvalidTemplateError",),
}
"""Failures of other modules, which end with exit code 1; mostly what is wrong in an s.yaml or a ROS template."""


def explained(error: Exception) -> int | None:
    """Print what failed on one line, and return the exit code; None if the error is a bug."""
    if isinstance(error, ReaderGoneError):
        return 0
    code = _code(error)
    if code is not None:
        terminal.complain(_message(error))
    return code


def _code(error: Exception) -> int | None:
    for kind, code in CODES:
        if isinstance(error, kind):
            return code
    others = (getattr(sys.modules.get(module), name, None) for module, names in OF_OTHERS.items() for name in names)
    return FAILED if isinstance(error, tuple(kind for kind in others if isinstance(kind, type))) else None


def _message(error: Exception) -> str:
    """The error in one line; of a file that cannot be read or written, its name and why."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return f"{error}" or type(error).__name__
