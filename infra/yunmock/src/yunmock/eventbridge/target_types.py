"""The types of targets: what an endpoint of each names, and which parameters it takes.

Types, keys and forms: https://help.aliyun.com/document_detail/185887.html ("Event target parameters"). The names of FC3
endpoints (`functions/F` without a service) are not documented there; they are accepted too. The service adds
`IsBase64Encode` `false` to a queue that was made without it (github.com/aliyun/terraform-provider-alicloud,
event_bridge_rule).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from yunmock.eventbridge.model import Param
from yunmock.eventbridge.transform import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FUNCTION, QUEUE, BUS, DINGTALK = "acs.fc.function", "acs.mns.queue", "acs.eventbridge", "acs.dingtalk"
HTTP, HTTPS = "http", "https"
BODY, BASE64 = "Body", "IsBase64Encode"
CONSTANT = ("CONSTANT",)
PRIVATE = "PrivateNetwork"
NETWORKS = ("PublicNetwork", PRIVATE)
SAME_ACCOUNT = "SameAccount"

FUNCTION_ENDPOINT = re.compile(
    r"acs:fc:(?P<region>[\w-]*):(?P<account>\d*):"
    r"(?:services/(?P<service>[\w-]+)(?:\.(?P<service_qualifier>[\w-]+))?/)?"
    r"functions/(?P<function>[\w-]+)(?:/(?P<qualifier>[\w-]+))?"
)
BUS_ENDPOINT = re.compile(r"acs:eventbridge:(?P<region>[\w-]*):\d*:eventbus/(?P<bus>[\w-]+)")
_QUEUE = re.compile(r"acs:mns:[\w-]*:\d*:/?queues/[A-Za-z0-9][A-Za-z0-9-]*")
_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)
_BOOLEANS = ("true", "false")


class Key(NamedTuple):
    """A parameter that a type of target takes: in which forms, and whether it must be there."""

    forms: tuple[str, ...] = CONSTANT
    required: bool = True


class TargetType(NamedTuple):
    """A type of target.

    Attributes:
        endpoint: the form of its endpoints.
        noun: what an endpoint names.
        complete: checks the parameters, and adds those that the service adds.
        secret_endpoint: whether an endpoint may hold a credential, as the query of a robot's address does.
    """

    endpoint: re.Pattern[str]
    noun: str
    complete: Callable[[tuple[Param, ...]], tuple[Param, ...]]
    secret_endpoint: bool = False


URL_KEYS: Mapping[str, Key] = {
    "url": Key(),
    BODY: Key(FORMS),
    "Network": Key(),
    "VPCNameAndId": Key(required=False),
    "VSwitchesNameAndId": Key(required=False),
    "SecurityGroupNameAndId": Key(required=False),
    "Token": Key(required=False),
}
ROBOT_KEYS: Mapping[str, Key] = {"URL": Key(), "SecretKey": Key(), BODY: Key(("TEMPLATE",))}
BUS_KEYS: Mapping[str, Key] = {
    "RegionId": Key(),
    "AccountType": Key(),
    "AccountId": Key(required=False),
    "EventBusName": Key(),
    "RAMRoleName": Key(required=False),
    BODY: Key(("ORIGINAL",)),
}


def _of_queue(params: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters of a queue; whether its messages are base64 must be said by a constant."""
    given = next((param for param in params if param.key == BASE64), None)
    if given is None:
        return (*params, Param(BASE64, "CONSTANT", "false", ""))
    if given.form != "CONSTANT" or str(given.value).lower() not in _BOOLEANS:
        raise ValueError(f"{BASE64} must be the CONSTANT true or false")
    return params


def _of_url(params: tuple[Param, ...]) -> tuple[Param, ...]:
    values = _checked(params, URL_KEYS)
    if not _URL.fullmatch(values["url"]):
        raise ValueError("url must begin with http:// or https://")
    if values["Network"] not in NETWORKS:
        raise ValueError(f"Network must be one of {list(NETWORKS)}")
    missing = [key for key in URL_KEYS if key.endswith("NameAndId") and not values.get(key)]
    if values["Network"] == PRIVATE and missing:
        raise ValueError(f"{PRIVATE} needs {', '.join(missing)}")
    return params


def _of_robot(params: tuple[Param, ...]) -> tuple[Param, ...]:
    if not _URL.fullmatch(_checked(params, ROBOT_KEYS)["URL"]):
        raise ValueError("URL must begin with http:// or https://")
    return params


def _of_bus(params: tuple[Param, ...]) -> tuple[Param, ...]:
    if _checked(params, BUS_KEYS)["AccountType"] != SAME_ACCOUNT:
        raise ValueError(f"yunmock has one account: AccountType must be {SAME_ACCOUNT}")
    return params


def _checked(params: tuple[Param, ...], keys: Mapping[str, Key]) -> dict[str, str]:
    """The values of parameters that the vendor's page lists, all required ones among them.

    Raises:
        ValueError: a parameter is missing, unknown, or in a form that it does not take.
    """
    given = {param.key: param for param in params}
    if unknown := sorted(given.keys() - keys.keys()):
        raise ValueError(f"unknown parameters {unknown}; there are {list(keys)}")
    if missing := [key for key, rule in keys.items() if rule.required and key not in given]:
        raise ValueError(f"the parameters {missing} are missing")
    for key, param in given.items():
        if param.form not in keys[key].forms:
            raise ValueError(f"the Form of {key} must be one of {list(keys[key].forms)}, not {param.form}")
    return {key: param.value or "" for key, param in given.items()}


TYPES: dict[str, TargetType] = {
    FUNCTION: TargetType(FUNCTION_ENDPOINT, "function", lambda params: params),
    QUEUE: TargetType(_QUEUE, "queue", _of_queue),
    HTTP: TargetType(_URL, "address", _of_url, secret_endpoint=True),
    HTTPS: TargetType(_URL, "address", _of_url, secret_endpoint=True),
    DINGTALK: TargetType(_URL, "address of a robot", _of_robot, secret_endpoint=True),
    BUS: TargetType(BUS_ENDPOINT, "bus", _of_bus),
}
