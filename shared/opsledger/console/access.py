"""Tokens for programs that cannot sign their requests, such as a calendar.

A token is a long random text that only its holder has; the function knows its digest. Removing the entry revokes it. A
token may read what its scope names, and nothing can be changed with any.

A calendar cannot send headers, so a token may come in the address, as `?token=…`, where logs may keep it
(RFC 6750 §2.3). Give each reader a token of its own, with the narrowest scope.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from opsledger.console.web import WebRequest

SCOPES: Final[dict[str, frozenset[str] | None]] = {
    "calendar": frozenset({"calendar.ics"}),
    "metrics": frozenset({"metrics"}),
    "all": None,
}
"""What a token of each scope may read: the last parts of paths; None for everything."""
BEARER: Final = "bearer "
_ENTRY: Final = re.compile(r"([A-Za-z0-9_-]{1,64})\.([a-z]+)\.([0-9a-f]{64})")


class AccessToken(NamedTuple):
    """What is known of one token.

    Attributes:
        name: whose it is.
        scope: one of `SCOPES`.
        digest: SHA-256 of the token, in hex.
    """

    name: str
    scope: str
    digest: str

    def admits(self, path: str) -> bool:
        """Whether its scope has a path."""
        allowed = SCOPES[self.scope]
        return allowed is None or path.lstrip("/") in allowed

    def __str__(self) -> str:
        return f"{self.name}.{self.scope}.{self.digest}"


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def read(text: str) -> tuple[AccessToken, ...]:
    """The entries in `OPSLEDGER_CONSOLE_TOKENS`, separated by blanks or commas.

    Raises:
        ValueError: one of them is none; the message does not show it.
    """
    entries = [_ENTRY.fullmatch(entry) for entry in re.split(r"[\s,]+", text.strip()) if entry]
    found = [AccessToken(*entry.groups()) for entry in entries if entry is not None and entry[2] in SCOPES]
    if len(found) < len(entries):
        raise ValueError(f"entries should be <name>.<scope>.<digest>, with a scope of {', '.join(SCOPES)}")
    return tuple(found)


def holder(request: WebRequest, tokens: tuple[AccessToken, ...]) -> AccessToken | None:
    """The entry of the token that a request has; None where it has none that is known."""
    header = request.headers.get("authorization", "")
    given = header[len(BEARER) :] if header.lower().startswith(BEARER) else request.query.get("token", "")
    known = digest(given.strip())
    return next((token for token in tokens if hmac.compare_digest(token.digest, known)), None)
