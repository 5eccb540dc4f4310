"""The addresses of functions that have an HTTP trigger.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/http-triggers-overview: a function's own address is
`https://<function>-<random>.<region>.fcapp.run`. Here the random part depends on account, region and name alone.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from yunmock.routing import PUBLIC_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from yunmock.cloud import Account

ALPHABET = "abcdefghijklmnopqrstuvwxyz"
ENDING_CHARACTERS = 10


def public_urls(function: str, account: Account) -> tuple[str, str]:
    """The address of a function on the internet, and the one inside the cloud."""
    digest = hashlib.sha256(f"{account.account_id}/{account.region}/{function}".encode()).digest()
    ending = "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:ENDING_CHARACTERS])
    label = f"{_label(function)}-{ending}"
    return f"https://{label}.{account.region}{PUBLIC_HOST}", f"https://{label}.{account.region}-vpc{PUBLIC_HOST}"


def function_of_host(functions: Iterable[str], host: str) -> str:
    """The function whose public address `host` is: the host begins with its name, in lower case and with - for _."""
    label = host.partition(".")[0].lower()
    fitting = [name for name in functions if f"{label}-".startswith(f"{_label(name)}-")]
    return max(fitting, key=len, default=label)


def _label(function: str) -> str:
    return function.lower().replace("_", "-")
