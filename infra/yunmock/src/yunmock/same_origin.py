"""Which requests the server refuses because a web page may have sent them.

Every page that a developer opens can send requests to loopback: directly, or after its own name was made to resolve to
127.0.0.1 (DNS rebinding). A browser names the page in `Origin`, its relation to the server in `Sec-Fetch-Site`
(https://www.w3.org/TR/fetch-metadata/), and the name that the page used in `Host`. SDKs and curl send a Host that is
known here, and neither of the others.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from yunmock.routing import is_aliyun

if TYPE_CHECKING:
    from collections.abc import Collection

    from yunmock.http import Request

OWN_SITES = ("none", "same-origin")
"""Values of Sec-Fetch-Site: the user typed the address, or the page is from this server."""

SCHEMES = ("http", "https")
"""What the server's own pages are read with; one port speaks both."""


def refusal(request: Request, hosts: Collection[str] = ()) -> str:
    """Why a request is refused; "" if it is accepted.

    Args:
        request: the request.
        hosts: names that the server is reached by, beside loopback and the hosts of Alibaba Cloud; in lower case.
    """
    name = host_name(request.host)
    if name and not (is_loopback(name) or is_aliyun(name) or name in hosts):
        return (
            f"the Host {name[:200]!r} is neither loopback nor a host of Alibaba Cloud; "
            "if it is a name of this server, start the server with --allow-host"
        )
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", OWN_SITES[0])
    if origin is not None and origin.lower() not in {f"{scheme}://{request.host.lower()}" for scheme in SCHEMES}:
        return f"a page of the origin {origin[:200]!r} may not call this server"
    if site not in OWN_SITES:
        return f"a page of another site may not call this server (Sec-Fetch-Site: {site[:200]})"
    return ""


def host_name(host: str) -> str:
    """The name or address in a Host header, in lower case, without the port."""
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return name.rstrip(".").lower()


def is_loopback(name: str) -> bool:
    """Whether a name or address can only be this machine (RFC 6761 for `localhost`)."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
