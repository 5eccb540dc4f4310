"""Every environment variable, with its meaning and default, in one table; `docs/configuration.md` is made from it."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from opsledger.errors import MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_PREFIX = "opsledger_"
_PREFIX = r"([A-Za-z_][A-Za-z0-9_]{0,99})?"
REGION = r"[a-z]{2}(-[a-z0-9]+)+"
_REGIONS = rf"[\s,]*{REGION}(\s*,[\s,]*{REGION})*[\s,]*"
_INSTANCE = r"[A-Za-z][A-Za-z0-9-]{0,29}"
_URL = r"https?://[^\s/]+/?"
_HOST = r"(https?://)?[^\s/]+/?"
_QUEUE = r"acs:mns:[a-z0-9-]+:\d+:/?queues/[A-Za-z0-9][A-Za-z0-9-]*(/messages)?"
_ACCOUNT = r"\d{10,20}"
KEY_ID, SECRET, TOKEN = (
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
)


class Reader(Enum):
    """Who reads a variable."""

    FUNCTION = "functions"
    DELIVERY = "the functions for events and the redriver"
    EVENTS = "the functions for events"
    POLLER = "the pollers of ECI and ECS"
    SWEEPER = "the sweeper"
    NOTIFIER = "the notifier"
    CONSOLE = "the console"
    PLATFORM = "functions, set by Function Compute"
    COMMANDS = "the command line"
    DEPLOYMENT = "`s deploy`, through s.yaml"


class Variable(NamedTuple):
    """One variable.

    Attributes:
        meaning: for `docs/configuration.md`.
        default: the value if it is not set; None if there is none.
        required: whether a function fails to start without it.
        form: a pattern for the whole value; compiled on use, because a function uses only a few.
        wanted: the same in words, for messages and the page.
        shown_default: the default in words, where it is no fixed text.
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
        """Return the value, or else its default, or else an empty text.

        Raises:
            MisconfiguredError: it is required and missing, or it is invalid; the message does not show its value.
        """
        given = environment.get(self.name)
        text = (
            given if given is not None else self.default or ""
        ).strip()  # an empty value is not replaced by the default
        if not text and self.required:
            raise MisconfiguredError(f"{self.name} is not set; it is {self.meaning}")
        if text and self.form and not re.fullmatch(self.form, text, re.ASCII):
            raise MisconfiguredError(f"{self.name} should be {self.wanted}")
        return text


_A_REGION = "a region such as cn-hangzhou"
_A_QUEUE = "a queue, acs:mns:<region>:<account>:/queues/<name>/messages"
_AN_ENDPOINT = "a host; with http:// before it to turn TLS off"

VARIABLES: tuple[Variable, ...] = (
    Variable(
        "OTS_ENDPOINT",
        Reader.FUNCTION,
        "the address of the Tablestore instance, `https://<instance>.<region>.ots.aliyuncs.com`",
        required=True,
        form=_URL,
        wanted="an address that begins with https:// (or http:// in a VPC), without a path",
    ),
    Variable(
        "OTS_INSTANCE",
        Reader.FUNCTION,
        "the name of the Tablestore instance",
        required=True,
        form=_INSTANCE,
        wanted="up to 30 letters, digits and -, beginning with a letter",
    ),
    Variable(
        "OPSLEDGER_TABLE_PREFIX",
        Reader.FUNCTION,
        "the prefix of every table's name",
        default=DEFAULT_PREFIX,
        form=_PREFIX,
        wanted="letters, digits and _, not beginning with a digit",
    ),
    Variable(
        "OPSLEDGER_OLD_TABLES",
        Reader.FUNCTION,
        "whether a record that the tables lack is looked for in those of version 0.1, until they are migrated",
        default="none",
        form="none|read",
        wanted="none or read",
    ),
    Variable(
        "OTS_REGION",
        Reader.FUNCTION,
        "the region of the Tablestore instance: with it requests are signed by version 4, without it by version 2",
        form=REGION,
        wanted=_A_REGION,
        shown_default="none",
    ),
    Variable(
        "OPSLEDGER_TABLESTORE_CLIENT",
        Reader.FUNCTION,
        "what talks to Tablestore: `wire`, OpsLedger's own client, or `sdk`, the vendor's package, which takes a layer "
        "of its own",
        default="wire",
        form="wire|sdk",
        wanted="wire or sdk",
    ),
    Variable(
        "OPSLEDGER_FAILURE_QUEUE",
        Reader.DELIVERY,
        "the ARN of the queue for events that could not be recorded; the redriver delivers them again",
        form=_QUEUE,
        wanted=_A_QUEUE,
        shown_default="none; in s.yaml a queue of the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_DEAD_LETTER_QUEUE",
        Reader.DELIVERY,
        "the ARN of the queue for events that EventBridge could not deliver; only the redriver reads it",
        form=_QUEUE,
        wanted=_A_QUEUE,
        shown_default="none; in s.yaml a queue of the local cloud's account",
    ),
    Variable(
        "MNS_ENDPOINT",
        Reader.DELIVERY,
        "the address of Simple Message Queue, if it is not the public one of the queue's account and region",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="`https://<account>.mns.<region>.aliyuncs.com`",
    ),
    Variable(
        "OPSLEDGER_NOTIFIER",
        Reader.EVENTS,
        "the function that is invoked some seconds after something critical was recorded, so that people need not wait "
        "for its timer",
        form=r"[A-Za-z_][A-Za-z0-9_-]{0,127}",
        wanted="the name of a function",
        shown_default="none; in s.yaml the notifier",
    ),
    Variable(
        "FC_ENDPOINT",
        Reader.EVENTS,
        "Function Compute's address, to invoke that function; the command line reads it for `--remote`",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="`https://<account>.<region>.fc.aliyuncs.com`",
    ),
    Variable(
        "OPSLEDGER_REGIONS",
        Reader.POLLER,
        "the regions that are polled, separated by commas",
        form=_REGIONS,
        wanted="regions such as cn-hangzhou, separated by commas",
        shown_default="the function's own",
    ),
    Variable(
        "ECI_ENDPOINT",
        Reader.POLLER,
        "the ECI API's host, if it is not the region's; with `http://` before it to turn TLS off",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="the region's",
    ),
    Variable(
        "ECS_ENDPOINT",
        Reader.POLLER,
        "the ECS API's host, if it is not the region's; with `http://` before it to turn TLS off",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="the region's",
    ),
    Variable(
        "OPSLEDGER_OWNER_TAG",
        Reader.POLLER,
        "the key of the tag whose value is the owner of an instance",
        default="owner",
        form=r".{1,128}",
        wanted="the key of a tag, 1 to 128 characters",
    ),
    Variable(
        "OPSLEDGER_MISSED_AFTER",
        Reader.POLLER,
        "the minutes that the push of an event may take; then the reconciler says that it was missed",
        default="30",
        form=r"[1-9]\d{0,3}",
        wanted="a number of minutes from 1 to 9999",
    ),
    Variable(
        "OPSLEDGER_CLOUDMONITOR",
        Reader.SWEEPER,
        "whether what the sweeper counts is reported to CloudMonitor as custom metrics (docs/monitoring.md)",
        default="off",
        form="off|on",
        wanted="off or on",
    ),
    Variable(
        "CLOUDMONITOR_ENDPOINT",
        Reader.SWEEPER,
        "CloudMonitor's host, if it is not the region's; with `http://` before it to turn TLS off",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="the region's",
    ),
    Variable(
        "OPSLEDGER_NOTIFY",
        Reader.NOTIFIER,
        "where people are notified: the address of one channel, or routes as JSON (docs/notifications.md)",
        shown_default="nobody is notified",
    ),
    Variable(
        "OPSLEDGER_NOTIFY_SECRET",
        Reader.NOTIFIER,
        "the secret of that channel's signature, or its routing key, where `OPSLEDGER_NOTIFY` is an address",
        shown_default="messages are not signed",
    ),
    Variable(
        "OPSLEDGER_CONSOLE_TOKENS",
        Reader.CONSOLE,
        "the tokens that a request needs one of, each as `<name>.<scope>.<digest>`, where the HTTP trigger lets "
        "everybody through; `opsledger console --new-token NAME` makes one (docs/console.md)",
        shown_default="none: the trigger decides who may look",
    ),
    Variable("FC_REGION", Reader.PLATFORM, "the function's region"),
    Variable("FC_ACCOUNT_ID", Reader.PLATFORM, "the function's account", form=_ACCOUNT, wanted="an account id"),
    Variable(KEY_ID, Reader.PLATFORM, "the access key id of the function's role, where the context has none"),
    Variable(SECRET, Reader.PLATFORM, "the access key secret of the function's role, likewise"),
    Variable(TOKEN, Reader.PLATFORM, "the security token of temporary credentials, likewise"),
    Variable("OPSLEDGER_DATA", Reader.COMMANDS, "the folder with the local cloud's state", default=".opsledger"),
    Variable("OPSLEDGER_LANG", Reader.COMMANDS, "the output's language", default="en", wanted="en, zh or ja"),
    Variable(
        "ALIBABA_CLOUD_ACCOUNT_ID",
        Reader.COMMANDS,
        "for `--remote`: the account, for endpoints that are not set",
        form=_ACCOUNT,
        wanted="an account id",
    ),
    Variable(
        "ALIBABA_CLOUD_REGION_ID",
        Reader.COMMANDS,
        "for `--remote`: the region, for endpoints that are not set",
        form=REGION,
        wanted=_A_REGION,
    ),
    Variable(
        "EVENTBRIDGE_ENDPOINT",
        Reader.COMMANDS,
        "for `--remote`: EventBridge's host",
        form=_HOST,
        wanted=_AN_ENDPOINT,
        shown_default="`<account>.eventbridge.<region>.aliyuncs.com`",
    ),
    Variable("OPSLEDGER_REGION", Reader.DEPLOYMENT, "the region to deploy to", default="cn-hangzhou"),
    Variable("OPSLEDGER_RUNTIME", Reader.DEPLOYMENT, "the runtime: python3.10 or python3.12", default="python3.10"),
    Variable(
        "OPSLEDGER_ROLE_PREFIX",
        Reader.DEPLOYMENT,
        "the ARN of each function's role, without the function's name and region at its end",
        shown_default="the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_LAYER",
        Reader.DEPLOYMENT,
        "the ARN of the layer with the library",
        shown_default="a layer of the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_CONSOLE_LAYER",
        Reader.DEPLOYMENT,
        "the ARN of the layer with what the console alone needs",
        shown_default="a layer of the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_NOTIFIER_LAYER",
        Reader.DEPLOYMENT,
        "the ARN of the layer with what the notifier alone needs",
        shown_default="a layer of the local cloud's account",
    ),
    Variable(
        "OPSLEDGER_POLLER_LAYER",
        Reader.DEPLOYMENT,
        "the ARN of the layer with the poller's requirements",
        shown_default="a layer of the local cloud's account",
    ),
)
"""Every variable; to add one, add a row."""

BY_NAME = {variable.name: variable for variable in VARIABLES}
