"""The roles of an account: their temporary credentials, and the check of each call that is made with these.

The account's own keys may do everything. A role may do what its policies allow. `AccessControl` also records what each
role has asked for, so that a test can compare it with what the role is granted, in both directions.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

from yunmock.errors import YunmockError
from yunmock.ram import policy
from yunmock.ram.conditions import CURRENT_TIME, SOURCE_IP
from yunmock.ram.errors import UnknownRoleError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from yunmock.clock import Clock
    from yunmock.json_types import JsonObject, JsonValue
    from yunmock.ram.policy import Permission, Statement

KEPT_PERMISSIONS = 10_000
"""How many different permissions are recorded for each role."""

SECURITY_TOKEN = "yunmock-security-token"  # noqa: S105 - opens nothing but this cloud
"""The token that functions see with the account's own keys; no call needs it."""

ADDRESS = "127.0.0.1"
"""`acs:SourceIp` of every request: yunmock serves this machine only."""


class PermissionDeniedError(YunmockError):
    """A role's policies do not allow a call; each service answers it in its own words.

    Attributes:
        permission: the first permission that is missing.
        decision: whether a statement denies it, or none allows it; None if yunmock does not know which permission
            the call needs.
    """

    def __init__(self, permission: Permission, decision: policy.Decision | None) -> None:
        why = "the call's permission is not known to yunmock" if decision is None else decision.value
        super().__init__(f"{permission.action} on {permission.resource}: {why}")
        self.permission, self.decision = permission, decision


class Caller(NamedTuple):
    """Who says to have signed a request: the AccessKey ID and, with temporary credentials, the security token."""

    access_key_id: str
    security_token: str = ""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a function signs its requests with; all empty for a function without a role."""

    access_key_id: str = ""
    access_key_secret: str = ""
    security_token: str = ""


class AccessControl:
    """The roles of one account, and what they may do.

    Args:
        clock: the cloud's clock, for conditions.
        roles: the policy documents of each role, by the role's name.

    Attributes:
        allowed: the permissions that each role has asked for and has.
        denied: those that each role has asked for and does not have.

    Raises:
        InvalidPolicyError: a policy document is invalid; the message names the role and the element.
    """

    def __init__(self, clock: Clock, roles: Mapping[str, Sequence[Mapping[str, JsonValue]]]) -> None:
        self._clock = clock
        self._statements: dict[str, tuple[Statement, ...]] = {
            role: tuple(
                statement
                for number, document in enumerate(documents)
                for statement in policy.read_policy(document, f"role {role}, policy {number}")
            )
            for role, documents in roles.items()
        }
        self._granted: defaultdict[str, dict[str, tuple[Statement, ...]]] = defaultdict(dict)
        self._granted.update({role: {"": statements} for role, statements in self._statements.items()})
        self._roles = {_issued(role).access_key_id: role for role in roles}
        self._lock = threading.Lock()
        self.allowed: defaultdict[str, set[Permission]] = defaultdict(set)
        self.denied: defaultdict[str, set[Permission]] = defaultdict(set)

    def credentials(self, role: str) -> Credentials:
        """The temporary credentials of a role, given by its name or its ARN; all empty for no role.

        Raises:
            UnknownRoleError: the role was not given.
        """
        return _issued(self.name(role)) if role else Credentials()

    @property
    def roles(self) -> list[str]:
        """The names of the roles."""
        return list(self._statements)

    def grant(self, role: str, name: str, documents: Sequence[Mapping[str, JsonValue]]) -> None:
        """Give a role policies, in place of those that it was given under this name before; a new role is made.

        Raises:
            InvalidPolicyError: a policy document is invalid.
        """
        where = f"role {role}, policy {name or 'inline'}"
        statements = tuple(each for document in documents for each in policy.read_policy(document, where))
        with self._lock:
            self._granted[role][name] = statements
            self._statements[role] = tuple(each for granted in self._granted[role].values() for each in granted)
            self._roles[_issued(role).access_key_id] = role

    def revoke(self, role: str, name: str) -> None:
        """Take policies away that were given with `grant`, and the role with the last of them."""
        with self._lock:
            self._granted[role].pop(name, None)
            self._statements[role] = tuple(each for granted in self._granted[role].values() for each in granted)
            if not self._granted[role]:
                del self._granted[role], self._statements[role]
                self._roles.pop(_issued(role).access_key_id, None)

    def issued_to(self, caller: Caller) -> Credentials | None:
        """The credentials that the caller should have signed with; None if it is none of the roles.

        Without its security token, or with another one, a temporary key is not a key.
        """
        role = self._roles.get(caller.access_key_id)
        issued = _issued(role) if role else None
        return issued if issued and issued.security_token == caller.security_token else None

    def check(self, caller: Caller, asked: Iterable[Permission]) -> None:
        """Allow a call whose signature is valid if its caller has every permission that it needs.

        Args:
            caller: who signed the call.
            asked: the permissions; only read if the caller is a role.

        Raises:
            PermissionDeniedError: the caller lacks a permission, or `asked` raises it.
        """
        role = self._roles.get(caller.access_key_id)
        if role is None:
            return
        context = self._context()
        for permission in asked:
            decision = policy.decide(self._statements[role], permission, context)
            allowed = decision is policy.Decision.ALLOW
            self._record((self.allowed if allowed else self.denied)[role], permission)
            if not allowed:
                raise PermissionDeniedError(permission, decision)

    def unused(self, role: str) -> list[Permission]:
        """The grants of a role, as written in its policies, that no call so far has needed."""
        with self._lock:
            used = set(self.allowed[role])
        granted = policy.grants(self._statements[role])
        return [grant for grant in granted if not any(policy.is_within(permission, grant) for permission in used)]

    def name(self, role: str) -> str:
        """The name, as given, of a role that a template names by its name or its ARN; empty for no role.

        Raises:
            UnknownRoleError: the role was not given.
        """
        if not role:
            return ""
        name = role.rpartition("/")[2]
        # fc3 writes a role's ARN in lower case, so case does not tell roles apart.
        found = next((known for known in self._statements if known.casefold() == name.casefold()), None)
        if found is None:
            raise UnknownRoleError(role, sorted(self._statements))
        return found

    def report(self, role: str) -> JsonObject:
        """What a role has asked for, allowed and denied, and what it is granted and has not needed, sorted."""
        with self._lock:
            asked = {"allowed": set(self.allowed[role]), "denied": set(self.denied[role])}
        return {name: _listed(found) for name, found in {**asked, "unused": self.unused(role)}.items()}

    def clear(self) -> None:
        """Forget what the roles have asked for."""
        with self._lock:
            self.allowed.clear()
            self.denied.clear()

    def _context(self) -> dict[str, str]:
        now = datetime.fromtimestamp(self._clock.now_ms() / 1000, tz=timezone.utc)
        return {CURRENT_TIME: now.isoformat(), SOURCE_IP: ADDRESS}

    def _record(self, permissions: set[Permission], permission: Permission) -> None:
        with self._lock:
            if len(permissions) < KEPT_PERMISSIONS:
                permissions.add(permission)


def _listed(permissions: Iterable[Permission]) -> list[JsonValue]:
    return [{"action": action, "resource": resource} for action, resource in sorted(permissions)]


def _issued(role: str) -> Credentials:
    """A role's temporary credentials. They are always the same, and open nothing but this cloud."""
    return Credentials(f"STS.yunmock-{role}", f"yunmock-secret-of-{role}", f"yunmock-token-of-{role}")
