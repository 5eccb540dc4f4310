"""Which service a request is for: by its host, or by its path and headers.

The in-process front end sees the real hosts. The server has one port for all services, so it looks at the request. No
two services share a path or a header; those with an RPC API differ by its version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yunmock.http import Request

PUBLIC_HOST = ".fcapp.run"
"""The end of a function's own address: https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-triggers-overview."""
ALIYUN = re.compile(r"(?:^|\.)(?:aliyuncs\.com|fcapp\.run)$")

HOSTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\w-]+\.[\w-]+(?:\.vpc)?\.(?:ots|tablestore)(?:-internal)?\.aliyuncs\.com"), "tablestore"),
    (re.compile(r"\d+\.eventbridge\.[\w-]+\.aliyuncs\.com"), "eventbridge"),
    (re.compile(r"[\w-]+-eventbridge\.oss-accelerate\.aliyuncs\.com"), "eventbridge"),
    (re.compile(r"\d+\.[\w-]+\.fc\.aliyuncs\.com"), "fc"),
    (re.compile(r"fcv3(?:-vpc)?\.[\w-]+\.aliyuncs\.com"), "fc"),
    (re.compile(r"[\w-]+\.[\w-]+\.fcapp\.run"), "fc"),
    (re.compile(r"eci(?:-vpc)?(?:\.[\w-]+)?\.aliyuncs\.com"), "eci"),
    (re.compile(r"\d+\.mns\.[\w-]+\.aliyuncs\.com"), "mns"),
    (re.compile(r"ecs(?:-vpc)?(?:[.-][a-z]{2}-[\w-]+)?\.aliyuncs\.com"), "ecs"),
    (re.compile(r"metrics(?:-vpc)?(?:\.[a-z]{2}-[\w-]+)?\.aliyuncs\.com"), "cloudmonitor"),
    (re.compile(r"ros(?:-vpc)?(?:\.[a-z]{2}-[\w-]+)?\.aliyuncs\.com"), "ros"),
    (
        re.compile(
            r"oapi\.dingtalk\.com|open\.feishu\.cn|open\.larksuite\.com|qyapi\.weixin\.qq\.com|hooks\.slack\.com|events\.pagerduty\.com"
        ),
        "chat",
    ),
)

RPC_VERSIONS = {"2018-08-08": "eci", "2014-05-26": "ecs", "2019-09-10": "ros", "2019-01-01": "cloudmonitor"}
"""The services with an RPC API, whose requests all go to `/`, by the version of the API."""

VERSION = re.compile(rb"(?:^|&)Version=([\d-]+)")
FORM_BYTES = 4096
"""How much of a form is searched for the action and the version."""

PATHS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("eventbridge", re.compile(r"/openapi/.*")),
    ("fc", re.compile(r"/(?:2016-08-15|2023-03-30)/.*")),
    (
        "chat",
        re.compile(
            r"/robot/send|/open-apis/bot/v2/hook/.*|/cgi-bin/webhook/send|/services/.*|/v2/(?:change/)?enqueue|/webhook/.*"
        ),
    ),
)


def is_aliyun(host: str) -> bool:
    """Whether a host, without its port, belongs to Alibaba Cloud."""
    return ALIYUN.search(host.lower()) is not None


def is_function_host(host: str) -> bool:
    """Whether a host, with or without a port, is a function's own address: every path there is the function's."""
    return host.partition(":")[0].lower().endswith(PUBLIC_HOST)


def by_host(host: str) -> str | None:
    """The service at a real host, None if yunmock does not emulate it."""
    return next((service for pattern, service in HOSTS if pattern.fullmatch(host.lower())), None)


def by_content(request: Request) -> str | None:
    """The service a request to the server is for."""
    named = by_host(request.host.partition(":")[0])
    if is_function_host(request.host):
        return named
    if any(name.startswith("x-ots-") for name in request.headers):
        return "tablestore"
    if "x-mns-version" in request.headers:
        return "mns"
    for service, path in PATHS:
        if path.fullmatch(request.path):
            return service
    if named:
        return named
    return _by_version(request)


def _by_version(request: Request) -> str | None:
    """The service with an RPC API of the version that the request names, ECI if it is of no known one."""
    form = request.body[:FORM_BYTES]
    if not (request.headers.get("x-acs-action") or request.query.get("Action") or b"Action=" in form):
        return None
    in_form = VERSION.search(form)
    version = request.headers.get("x-acs-version") or request.query.get("Version")
    return RPC_VERSIONS.get(version or (in_form[1].decode() if in_form else ""), "eci")
