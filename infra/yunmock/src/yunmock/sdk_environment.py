"""The environment variables that the vendor's SDKs read, while a cloud stands in for the real one."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from yunmock.cloud import Account

ENVIRONMENT: dict[str, Callable[[Account], str]] = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": lambda account: account.access_key_id,
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": lambda account: account.access_key_secret,
    "ALIBABA_CLOUD_ACCOUNT_ID": lambda account: account.account_id,
    "ALIBABA_CLOUD_REGION_ID": lambda account: account.region,
}
"""The variables that are set inside a mock. No SDK reads an endpoint from the environment: each client is given one."""

HIDDEN = (
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ALIBABA_CLOUD_PROFILE",
    "ALIBABA_CLOUD_CREDENTIALS_FILE",
    "ALIBABA_CLOUD_CREDENTIALS_URI",
    "ALIBABA_CLOUD_ECS_METADATA",
    "ALIBABA_CLOUD_ROLE_ARN",
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
)
"""Variables that name other credentials (`alibabacloud_credentials`): absent inside a mock."""


@contextmanager
def environment_of(account: Account) -> Iterator[None]:
    """The environment variables that the vendor's SDKs read; the real credentials are out of sight meanwhile."""
    before = {name: os.environ.get(name) for name in (*ENVIRONMENT, *HIDDEN)}
    _set_environment({name: value(account) for name, value in ENVIRONMENT.items()} | dict.fromkeys(HIDDEN))
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
