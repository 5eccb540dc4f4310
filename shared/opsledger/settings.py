"""What OpsLedger is told by its environment: every variable, its meaning and its default, in one table.

`docs/configuration.md` is made from `VARIABLES`. A function reads its own with `read`, all at once and at its start: a
missing or wrong one ends the initializer with a message that names it. Variables of the command line are read where
they are needed, those of the deployment by `s` as it reads s.yaml.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_PREFIX = "opsledger_"
_PREFIX = r"([A-Za-z_][A-Za-z0-9_]{0,99})?"
_REGION = r"[a-z]{2}(-[a-z0-9]+)+"
_REGIONS = rf"[\s,]*{_REGION}(\s*,[\s,]*{_REGION})*[\s,]*"
_INSTANCE = r"[A-Za-z][A-Za-z0-9-]{0,29}"
_URL = r"https?://[^\s/]+/?"
_HOST = r"(https?://)?[^\s/]+/?"
_ACCOUNT = r"\d{10,20}"
_KEY_ID, _SECRET, _TOKEN = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)


class Reader(Enum):
    """Who reads a variable."""

    FUNCTION = "functions"
    POLLER = "the ECI poller"
    PLATFORM = "functions, set by Function Compute"
    COMMANDS = "the command line"
    DEPLOYMENT = "`s deploy`, through s.yaml"


class Variable(NamedTuple):
    """One variable.

    Attributes:
        meaning: for `docs/configuration.md`.
        default: what stands for it where it is not set; None where there is no such thing.
        required: whether a function cannot start without it.
        form: what its whole value must look like, compiled when it is asked for: a function asks for few.
        wanted: the same in words, for the message.
    """

    name: str
    reader: Reader
    meaning: str
    default: str | None = None
    required: bool = False
    form: str = ""
    wanted: str = ""
    shown_default: str = ""

    def value(self, environment: Mapping[str, str]) -> str:
        """The value, or its default, or nothing.

        Raises:
            MisconfiguredError: it is required and missing, or not what it should be; its value is not shown.
        """
        given = environment.get(self.name)
        text = (given if given is not None else self.default or "").strip()  # set to nothing is not the default
        if not text and self.required:
            raise MisconfiguredError(f"{self.name} is not set; it is {self.meaning}")
        if text and self.form and not re.fullmatch(self.form, text, re.ASCII):
            raise MisconfiguredError(f"{self.name} should be {self.wanted}")
        return text


_A_REGION = "a region such as cn-hangzhou"
_AN_ENDPOINT = "a host, with http:// in front for no TLS"

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "OTS_ENDPOINT",
        Reader.FUNCTION,
        "the Tablestore instance's address, `https://<instance>.<region>.ots.aliyuncs.com`",
        required=True,
        form=_URL,
        wanted="an address that begins with https:// (or http:// in a VPC), without a path",
    ),
    Variable(
        "OTS_INSTANCE",
        Reader.FUNCTION,
        "the Tablestore instance's name",
        required=True,
        form=_INSTANCE,
        wanted="up to 30 letters, digits and -, and begin with a letter",
    ),
    Variable(
        "OPSLEDGER_TABLE_PREFIX",
        Reader.FUNCTION,
        "put before every table's name",
        default=DEFAULT_PREFIX,
        form=_PREFIX,
        wanted="letters, digits and _, and not begin with a digit",
    ),
    Variable(
        "OPSLEDGER_REGIONS",
        Reader.POLLER,
        "the regions it reads, with commas between",
        form=_REGIONS,
        wanted="regions such as cn-hangzhou, with commas between",
        shown_default="the function's own",
    ),
    Variable(
        "ECI_ENDPOINT",
        Reader.POLLER,
        "the ECI API's host where it is not the region's own; `http://` in front for no TLS",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="the region's",
    ),
    Variable("FC_REGION", Reader.PLATFORM, "the function's region"),
    Variable(_KEY_ID, Reader.PLATFORM, "credentials of the function's role", shown_default="the context's"),
    Variable(_SECRET, Reader.PLATFORM, "the same", shown_default="the context's"),
    Variable(_TOKEN, Reader.PLATFORM, "the token of temporary credentials", shown_default="the context's"),
    Variable("OPSLEDGER_DATA", Reader.COMMANDS, "the folder of the local cloud's state", default=".opsledger"),
    Variable(
        "ALIBABA_CLOUD_ACCOUNT_ID",
        Reader.COMMANDS,
        "for `--remote`: the account, where an endpoint is made of it",
        form=_ACCOUNT,
        wanted="an account's number",
    ),
    Variable(
        "ALIBABA_CLOUD_REGION_ID",
        Reader.COMMANDS,
        "for `--remote`: the region, where an endpoint is made of it",
        form=_REGION,
        wanted=_A_REGION,
    ),
    Variable(
        "FC_ENDPOINT",
        Reader.COMMANDS,
        "for `--remote`: Function Compute's address",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="`https://<account>.<region>.fc.aliyuncs.com`",
    ),
    Variable(
        "EVENTBRIDGE_ENDPOINT",
        Reader.COMMANDS,
        "for `--remote`: EventBridge's host",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="`<account>.eventbridge.<region>.aliyuncs.com`",
    ),
    Variable("OPSLEDGER_REGION", Reader.DEPLOYMENT, "the region deployed to", default="cn-hangzhou"),
    Variable("OPSLEDGER_RUNTIME", Reader.DEPLOYMENT, "the runtime: python3.10 or python3.12", default="python3.10"),
    Variable(
        "OPSLEDGER_ROLE_PREFIX",
        Reader.DEPLOYMENT,
        "what the ARN of each function's role begins with; the function's name follows",
        shown_default="the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_LAYER",
        Reader.DEPLOYMENT,
        "the ARN of the layer that holds the library",
        shown_default="a layer of the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_POLLER_LAYER",
        Reader.DEPLOYMENT,
        "the ARN of the layer with what the poller needs besides",
        shown_default="a layer of the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_FAILURE_DESTINATION",
        Reader.DEPLOYMENT,
        "the ARN of the queue, topic or function that gets what failed to the last",
        shown_default="a queue of the local cloud's account",
    ),
)
"""Every variable; a row is all there is to adding one."""

_BY_NAME = {variable.name: variable for variable in VARIABLES}


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


def variable(name: str, environment: Mapping[str, str] | None = None) -> str:
    """One variable's value; this process's environment when none is given.

    Raises:
        KeyError: the table has no such variable.
        MisconfiguredError: see `Variable.value`.
    """
    return _BY_NAME[name].value(os.environ if environment is None else environment)


def read(context: object = None, environment: Mapping[str, str] | None = None) -> Settings:
    """A function's settings; credentials from the environment first and the invocation's context second.

    The 3.12 runtime has no credentials in its context, the 3.10 runtime has both
    (help.aliyun.com/zh/functioncompute/fc/context-1).

    Raises:
        MisconfiguredError: a variable is missing or wrong; the message names it and never its value if secret.
    """
    given: Mapping[str, str] = os.environ if environment is None else environment

    def told(name: str) -> str:
        return variable(name, given)

    endpoint, instance, prefix = told("OTS_ENDPOINT"), told("OTS_INSTANCE"), told("OPSLEDGER_TABLE_PREFIX")
    key_id, secret, token = _credentials(context, told)
    eci_protocol, _, eci_endpoint = told("ECI_ENDPOINT").rpartition("://")
    return Settings(
        endpoint,
        instance,
        prefix,
        key_id,
        secret,
        token,
        regions(told("OPSLEDGER_REGIONS") or told("FC_REGION")),
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
        if not re.fullmatch(_REGION, name, re.ASCII):
            raise MisconfiguredError("OPSLEDGER_REGIONS should name regions such as cn-hangzhou, with commas between")
    return named


def _credentials(context: object, told: Callable[[str], str]) -> tuple[str, str, str | None]:
    key_id, secret, token = told(_KEY_ID), told(_SECRET), told(_TOKEN)
    if key_id and secret:
        return key_id, secret, token or None
    given = getattr(context, "credentials", None)
    lent = [getattr(given, name, None) for name in ("access_key_id", "access_key_secret", "security_token")]
    if lent[0] and lent[1]:
        return str(lent[0]), str(lent[1]), lent[2] or None
    raise MisconfiguredError(f"no credentials: set {_KEY_ID} and {_SECRET}, or give the function a role")
