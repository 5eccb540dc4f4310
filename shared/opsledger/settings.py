"""What a function is told by its environment; every variable, its meaning and its default, in one place.

| variable | meaning | default |
|---|---|---|
| `OTS_ENDPOINT` | the Tablestore instance's address, `https://<instance>.<region>.ots.aliyuncs.com` | required |
| `OTS_INSTANCE` | the Tablestore instance's name | required |
| `OPSLEDGER_TABLE_PREFIX` | put before every table's name | `opsledger_` |
| `ALIBABA_CLOUD_ACCESS_KEY_ID`, `…_SECRET` | credentials; Function Compute sets them from the role | the context's |
| `ALIBABA_CLOUD_SECURITY_TOKEN` | the token of temporary credentials | the context's |
| `OPSLEDGER_REGIONS` | the regions that the ECI poller reads, with commas between | the function's own |
| `ECI_ENDPOINT` | the ECI API's host where it is not the region's own; `http://` in front for no TLS | the region's |
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opsledger.errors import MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PREFIX = "opsledger_"
_PREFIX = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,99})?", re.ASCII)
_LOOPBACK = ("127.", "localhost", "[::1]")
_REGION = re.compile(r"[a-z]{2}(-[a-z0-9]+)+", re.ASCII)
_KEY_ID, _SECRET, _TOKEN = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """One function's settings; secrets are left out of `repr`."""

    endpoint: str
    instance: str
    prefix: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str | None = field(repr=False, default=None)
    regions: tuple[str, ...] = ()
    eci_endpoint: str = ""
    eci_protocol: str = "https"


def read(context: Any = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; credentials from the environment first and the invocation's context second.

    The 3.12 runtime has no credentials in its context, the 3.10 runtime has both
    (help.aliyun.com/zh/functioncompute/fc/context-1).

    Raises:
        MisconfiguredError: a variable is missing or wrong; the message names it and never its value if secret.
    """
    if environment is None:
        environment = os.environ
    endpoint = _required(environment, "OTS_ENDPOINT")
    if not endpoint.startswith(("http://", "https://")):
        raise MisconfiguredError("OTS_ENDPOINT should begin with https:// (or http:// on a VPC address)")
    prefix = environment.get("OPSLEDGER_TABLE_PREFIX", DEFAULT_PREFIX)
    if not _PREFIX.fullmatch(prefix):
        raise MisconfiguredError("OPSLEDGER_TABLE_PREFIX should be letters, digits and _, and not begin with a digit")
    key_id, secret, token = _credentials(context, environment)
    eci_protocol, _, eci_endpoint = environment.get("ECI_ENDPOINT", "").strip().rpartition("://")
    if not eci_protocol and eci_endpoint.startswith(_LOOPBACK):
        eci_protocol = "http"  # a local cloud has no certificate
    return Settings(
        endpoint,
        _required(environment, "OTS_INSTANCE"),
        prefix,
        key_id,
        secret,
        token,
        regions(environment.get("OPSLEDGER_REGIONS") or environment.get("FC_REGION", "")),
        eci_endpoint.rstrip("/"),
        eci_protocol or "https",
    )


def regions(text: str) -> tuple[str, ...]:
    """The regions in `text`, with commas between.

    Raises:
        MisconfiguredError: one of them is no region's name.
    """
    named = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in named:
        if not _REGION.fullmatch(name):
            raise MisconfiguredError("OPSLEDGER_REGIONS should name regions such as cn-hangzhou, with commas between")
    return named


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise MisconfiguredError(f"{name} is not set")
    return value


def _credentials(context: Any, environment: Mapping[str, str]) -> tuple[str, str, str | None]:
    if environment.get(_KEY_ID) and environment.get(_SECRET):
        return environment[_KEY_ID], environment[_SECRET], environment.get(_TOKEN) or None
    given = getattr(context, "credentials", None)
    key_id = getattr(given, "access_key_id", None)
    secret = getattr(given, "access_key_secret", None)
    if key_id and secret:
        return str(key_id), str(secret), getattr(given, "security_token", None) or None
    raise MisconfiguredError(f"no credentials: set {_KEY_ID} and {_SECRET}, or give the function a role")
