"""Check that what a function names is in its own region and account.

Queues, functions and buses are destinations only in the function's region; roles, layers and queues of another account
cannot be used. A database may be in another region, but that is rarely meant.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from fc3lint.document import UNKNOWN_ACCOUNT
from yunmock.cloud import Account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fc3lint.document import Document
    from yunmock.s_yaml import Keys

ARN = re.compile(r"acs:[a-z]+:(?P<region>[a-z0-9-]*):(?P<account>\d*):.*")
ENDPOINT = re.compile(r"https?://[^./]+\.(?:mns\.)?(?P<region>[a-z]{2}(?:-[a-z0-9]+)+)\..*aliyuncs\.com/?")
CHECKED = ("role", "layers", "asyncInvokeConfig", "environmentVariables")
LAYERS = "layers"
"""`functions` checks the regions of layers."""


class Place(NamedTuple):
    """The account and the region that `--remote` looks at; empty texts where they are not known."""

    account: str
    region: str


class Named(NamedTuple):
    """A text that names a region or an account, and where it is."""

    keys: Keys
    text: str
    region: str
    account: str


def check(document: Document, props: Mapping[str, object], keys: Keys, place: Place | None) -> None:
    """Check one function."""
    region = props.get("region")
    if place is not None and place.region and isinstance(region, str) and region != place.region:
        message = f"the function is for {region}, and --remote looks at {place.region}"
        document.add("other-region", (*keys, "region"), message, "Set the region of both to the same.")
    named = [one for key in CHECKED for one in _named(props.get(key), (*keys, key))]
    for one in named:
        if isinstance(region, str) and one.region not in ("", region) and LAYERS not in one.keys:
            _other_region(document, one, region)
    _check_accounts(document, named, place)


def _other_region(document: Document, one: Named, region: str) -> None:
    message = f"{one.text[:100]} is in {one.region}, the function in {region}"
    if one.text.startswith("acs:"):
        document.add("other-region", one.keys, message, f"Name one in {region}.")
    else:
        document.add("endpoint-region", one.keys, message, f"Use the address in {region}, unless this is meant.")


def _check_accounts(document: Document, named: list[Named], place: Place | None) -> None:
    owned = [one for one in named if one.account]
    wanted = place.account if place is not None and place.account else owned[0].account if owned else ""
    for one in owned:
        if one.account != wanted:
            message = f"{one.text[:100]} is of the account {one.account}, not of {wanted}"
            document.add("other-account", one.keys, message, f"Name one of the account {wanted}.")


def check_local_account(document: Document, functions: Mapping[str, Mapping[str, object]], place: Place | None) -> None:
    """Check that the file does not name the local cloud's account, which is no real one; one finding for the file."""
    local = Account().account_id
    if place is not None and place.account == local:
        return
    named = [
        one
        for name, props in functions.items()
        for key in CHECKED
        for one in _named(props.get(key), ("resources", name, "props", key))
        if one.account == local
    ]
    if named:
        more = f", and so are {len(named) - 1} more" if len(named) > 1 else ""
        message = f"{named[0].text[:100]} is of the account {local}, which is the local cloud's{more}"
        document.add("local-account", named[0].keys, message, "Set the variables that name your own before you deploy.")


def _named(value: object, keys: Keys) -> Iterator[Named]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _named(inner, (*keys, key))
    if isinstance(value, str):
        if found := ARN.fullmatch(value.strip()):
            account = found["account"]
            yield Named(keys, value.strip(), found["region"], "" if account == UNKNOWN_ACCOUNT else account)
        elif found := ENDPOINT.fullmatch(value.strip()):
            yield Named(keys, value.strip(), found["region"], "")
