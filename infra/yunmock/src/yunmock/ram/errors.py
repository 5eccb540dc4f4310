"""Errors of roles and their policies.

YunmockError
├── InvalidPolicyError   a policy document that RAM would not accept, or that uses what yunmock does not evaluate
└── UnknownRoleError     a function names a role that was not given
"""

from __future__ import annotations

from yunmock.errors import YunmockError


class InvalidPolicyError(YunmockError, ValueError):
    """A policy document that RAM would not accept, or that uses what yunmock does not evaluate."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class UnknownRoleError(YunmockError, LookupError):
    """A role that was not given to the cloud."""

    def __init__(self, role: str, known: list[str]) -> None:
        super().__init__(f"unknown role {role!r}; the roles given are {', '.join(known) or 'none'}")
