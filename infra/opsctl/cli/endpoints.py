"""Who calls a real service, and at which address: read from the environment, for `--remote`.

Nothing is guessed: every missing variable is named before the first call.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from opsledger import settings
from opsledger.errors import MisconfiguredError

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT, REGION = "ALIBABA_CLOUD_ACCOUNT_ID", "ALIBABA_CLOUD_REGION_ID"
CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")
HOSTS = {
    "FC_ENDPOINT": "{account}.{region}.fc.aliyuncs.com",
    "EVENTBRIDGE_ENDPOINT": "{account}.eventbridge.{region}.aliyuncs.com",
}
LOOPBACK = ("127.0.0.1:", "localhost:")
"""`yunmock serve` gives EventBridge's host without a scheme, and speaks no TLS."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service's address with its scheme, and the credentials to call it with; `repr` shows no secret."""

    url: str
    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False, default="")


def find(service: str, environment: Mapping[str, str] | None = None) -> Endpoint:
    """Return the endpoint of `FC_ENDPOINT` or `EVENTBRIDGE_ENDPOINT`; TLS unless the variable says http://.

    Raises:
        MisconfiguredError: a variable is missing or wrong; the message names every missing one.
    """
    key_id, secret, token = credentials(environment)
    given = settings.variable(service, environment)
    account, region = (settings.variable(name, environment) for name in (ACCOUNT, REGION))
    missing = [name for name, value in zip(CREDENTIALS, (key_id, secret), strict=False) if not value]
    if not given and not (account and region):
        places = [name for name, value in ((ACCOUNT, account), (REGION, region)) if not value]
        missing.append(f"{' and '.join(places)} (or {service})")
    if missing:
        raise MisconfiguredError(f"--remote needs {', '.join(missing)}")
    return Endpoint(_url(given or HOSTS[service].format(account=account, region=region)), key_id, secret, token)


def in_region(service: str, region: str) -> Endpoint | None:
    """Return the endpoint of another region by its public name; None where the variable names one for all.

    Raises:
        MisconfiguredError: a variable is missing or wrong.
    """
    if settings.variable(service):
        return None
    own, account = find(service), settings.variable(ACCOUNT)
    return replace(own, url=_url(HOSTS[service].format(account=account, region=region)))


def _url(host: str) -> str:
    scheme = "http" if host.startswith(LOOPBACK) else "https"
    return (host if "://" in host else f"{scheme}://{host}").rstrip("/")


def credentials(environment: Mapping[str, str] | None = None) -> tuple[str, str, str]:
    """Return key id, secret and token: from the environment, or else from the vendor's default chain.

    The chain (alibabacloud.com/help/en/sdk/developer-reference/v2-manage-python-access-credentials) reads the profile
    file and, where a variable names it, the instance's role. Without credentials the texts are empty.
    """
    key_id, secret, token = (settings.variable(name, environment) for name in CREDENTIALS)
    if (key_id and secret) or environment is not None:
        return key_id, secret, token
    from alibabacloud_credentials.client import Client as DefaultChain
    from alibabacloud_credentials.exceptions import CredentialException

    try:
        chain = DefaultChain()
        return str(chain.get_access_key_id()), str(chain.get_access_key_secret()), chain.get_security_token() or ""
    except CredentialException:
        return key_id, secret, token
