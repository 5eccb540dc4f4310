"""The settings, read from the environment; `variables` has the table of every variable.

A function reads all of its variables with `read` when it starts: if one is missing or invalid, the initializer fails
with a message that names it. The command line reads a variable when it needs it. `s` reads the deployment's variables
from s.yaml.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import MisconfiguredError
from opsledger.variables import BY_NAME, KEY_ID, REGION, SECRET, TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping


class AccessKeys(NamedTuple):
    """The keys that sign a call; `repr` shows no secret."""

    key_id: str
    secret: str
    token: str = ""

    def __repr__(self) -> str:
        """Without the secrets."""
        return f"AccessKeys({self.key_id!r})"


class Settings(NamedTuple):
    """One function's settings; `repr` shows no secret."""

    endpoint: str
    instance: str
    prefix: str
    access_key_id: str
    access_key_secret: str
    security_token: str | None = None
    regions: tuple[str, ...] = ()
    eci_address: str = ""
    ecs_address: str = ""
    missed_after_min: int = 30
    reads_old_tables: bool = False
    signing_region: str = ""
    client: str = "wire"
    failure_queue: str = ""
    dead_letter_queue: str = ""
    queue_endpoint: str = ""
    owner_tag: str = "owner"
    reports_metrics: bool = False
    cloudmonitor_address: str = ""
    own_region: str = ""

    def __repr__(self) -> str:
        """Without the secrets."""
        shown = self._replace(access_key_secret="", security_token=None)
        return f"Settings{tuple(shown)!r}"

    @property
    def keys(self) -> AccessKeys:
        """The keys that sign the calls of other services."""
        return AccessKeys(self.access_key_id, self.access_key_secret, self.security_token or "")


def variable(name: str, environment: Mapping[str, str] | None = None) -> str:
    """Return one variable's value, from this process's environment unless another is given.

    Raises:
        KeyError: `VARIABLES` has no such variable.
        MisconfiguredError: see `Variable.value`.
    """
    return BY_NAME[name].value(os.environ if environment is None else environment)


def read(context: object = None, environment: Mapping[str, str] | None = None) -> Settings:
    """Read a function's settings; credentials from the invocation's context, or else from the environment.

    Function Compute passes a context with every invocation, and sets the environment when it starts an instance
    (alibabacloud.com/help/en/functioncompute/fc-2-0/user-guide/fc-environment-variables). So the context's are never
    the older ones. The context of the 3.12 runtime has none; the 3.10 runtime provides them in both places
    (help.aliyun.com/zh/functioncompute/fc/context-1).

    Raises:
        MisconfiguredError: a variable is missing or invalid; the message names it, and shows no secret.
    """
    given: Mapping[str, str] = os.environ if environment is None else environment

    def value(name: str) -> str:
        return variable(name, given)

    endpoint, instance, prefix = value("OTS_ENDPOINT"), value("OTS_INSTANCE"), value("OPSLEDGER_TABLE_PREFIX")
    keys = access_keys(context, given)
    return Settings(
        endpoint,
        instance,
        prefix,
        keys.key_id,
        keys.secret,
        keys.token or None,
        regions(value("OPSLEDGER_REGIONS") or value("FC_REGION")),
        address(value("ECI_ENDPOINT")),
        address(value("ECS_ENDPOINT")),
        int(value("OPSLEDGER_MISSED_AFTER")),
        value("OPSLEDGER_OLD_TABLES") == "read",
        value("OTS_REGION"),
        value("OPSLEDGER_TABLESTORE_CLIENT"),
        value("OPSLEDGER_FAILURE_QUEUE"),
        value("OPSLEDGER_DEAD_LETTER_QUEUE"),
        address(value("MNS_ENDPOINT")),
        value("OPSLEDGER_OWNER_TAG"),
        value("OPSLEDGER_CLOUDMONITOR") == "on",
        address(value("CLOUDMONITOR_ENDPOINT")),
        value("FC_REGION"),
    )


def address(host: str) -> str:
    """A host with its scheme, which is https:// if the host has none; empty for no host."""
    return (host if "://" in host else f"https://{host}").rstrip("/") if host else ""


def regions(text: str) -> tuple[str, ...]:
    """Return the regions in `text`, which separates them by commas.

    Raises:
        MisconfiguredError: one of them is not the name of a region.
    """
    named = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in named:
        if not re.fullmatch(REGION, name, re.ASCII):
            raise MisconfiguredError("OPSLEDGER_REGIONS should name regions such as cn-hangzhou, separated by commas")
    return named


def access_keys(context: object = None, environment: Mapping[str, str] | None = None) -> AccessKeys:
    """The keys of a function's role; see `read`.

    Raises:
        MisconfiguredError: there are none.
    """
    found = getattr(context, "credentials", None)
    names = ("access_key_id", "access_key_secret", "security_token")
    found_id, found_secret, found_token = (getattr(found, name, None) for name in names)
    if found_id and found_secret:
        return AccessKeys(str(found_id), str(found_secret), str(found_token or ""))
    key_id, secret, token = (variable(name, environment) for name in (KEY_ID, SECRET, TOKEN))
    if key_id and secret:
        return AccessKeys(key_id, secret, token)
    raise MisconfiguredError(f"no credentials: set {KEY_ID} and {SECRET}, or give the function a role")


def function_compute(context: object = None, environment: Mapping[str, str] | None = None) -> str:
    """The address of Function Compute, for a function that invokes another one of its account and region.

    Args:
        context: of the invocation; None outside one.
        environment: the variables; this process's if None.

    Raises:
        MisconfiguredError: `FC_ENDPOINT` is not set, and the account or the region is not known.
    """
    if endpoint := variable("FC_ENDPOINT", environment):
        return address(endpoint)
    account = str(getattr(context, "account_id", "") or "") or variable("FC_ACCOUNT_ID", environment)
    region = str(getattr(context, "region", "") or "") or variable("FC_REGION", environment)
    if not account or not region:
        raise MisconfiguredError("the account or the region is not known: set FC_ENDPOINT")
    return f"https://{account}.{region}.fc.aliyuncs.com"
