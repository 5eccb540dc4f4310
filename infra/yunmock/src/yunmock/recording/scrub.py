"""What a recording must not have: keys, signatures, tokens and other credentials.

They are found by the names of headers, parameters and fields, and by their values: what stood under such a name, and
the cloud's own keys, is replaced in all other places too. A body that is not text is left as it is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from yunmock.exact_json import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from yunmock.json_types import JsonValue

HIDDEN = "***"
SECRET_NAME = re.compile(
    r"(?i)sign|.*signature.*|.*(?:secret|secret_?key|passw(?:or)?d|token|credentials?|private_?key|api_?key|"
    r"access[_-]?key(?:[_-]?id)?|routing_?key|authorization|cookie)"
)
NOT_SECRET = re.compile(r"(?i)(?:next|client|page|continuation)_?token")
"""Tokens of pages and of idempotency are part of the talk."""
URL_KEYS = ("key",)
"""Further parameters of addresses that are credentials, such as WeCom's."""
FORM = "application/x-www-form-urlencoded"
SECRET_PATH = re.compile(r"^(/open-apis/bot/v2/hook/|/services/|/webhook/).+")
"""The paths of robots and webhooks end in their credential."""
ADDRESS = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
SHORTEST = 8
"""Shorter values are not replaced where they stand without their name: they would be found in ordinary words."""


def is_secret(name: str) -> bool:
    """Whether what stands under a name is a credential."""
    return SECRET_NAME.fullmatch(name) is not None and NOT_SECRET.fullmatch(name) is None


class Scrubber:
    """Replaces credentials; what it has found once, it knows by its value, too.

    Args:
        known: credentials whose values are known from the start.
    """

    def __init__(self, known: Collection[str] = ()) -> None:
        self._known = {value for value in known if len(value) >= SHORTEST}

    def names(self, fields: Mapping[str, str], *, address: bool = False) -> dict[str, str]:
        """Headers or parameters; `address` says that they are those of an address."""
        return {name: self._field(name, value, address=address) for name, value in fields.items()}

    def path(self, path: str) -> str:
        """The path of a request."""
        return self.text(SECRET_PATH.sub(rf"\1{HIDDEN}", path))

    def body(self, body: bytes, content_type: str) -> bytes:
        """The body of a request or an answer."""
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        if content_type.partition(";")[0].strip().lower() == FORM:
            return urlencode(self.names(dict(parse_qsl(text, keep_blank_values=True)))).encode()
        return self._content(text).encode()

    def text(self, text: str) -> str:
        """A text: the credentials that are known by their value, and those in addresses."""
        text = ADDRESS.sub(lambda found: self._address(found[0]), text)
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return text

    def _content(self, text: str) -> str:
        if not text.lstrip().startswith(("{", "[")):
            return self.text(text)
        try:
            content = read_json(text)
        except ValueError:
            return self.text(text)
        clean = self._json(content)
        return self.text(text) if clean == content else self.text(write_json(clean))

    def _json(self, content: JsonValue, name: str = "") -> JsonValue:
        if isinstance(content, dict):
            named = content.get("ResourceKey", content.get("resourceKey", ""))
            return {key: self._json(value, self._name(key, named)) for key, value in content.items()}
        if isinstance(content, list):
            return [self._json(item, name) for item in content]
        if not isinstance(content, str):
            return content
        return self._field(name, content) if name else self._nested(content)

    def _name(self, key: str, named: JsonValue) -> str:
        """The name that says whether a field is secret: its own, or that in `ResourceKey` for a `Value`."""
        return str(named) if key.lower() == "value" and named else key

    def _field(self, name: str, value: str, *, address: bool = False) -> str:
        if value and (is_secret(name) or (address and name.lower() in URL_KEYS)):
            if len(value) >= SHORTEST:
                self._known.add(value)
            return HIDDEN
        return self._nested(value)

    def _nested(self, text: str) -> str:
        """A text that may be JSON itself, such as the configuration of a trigger."""
        return self._content(text)

    def _address(self, url: str) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:
            return f"{url.partition(':')[0]}://{HIDDEN}"
        path = SECRET_PATH.sub(rf"\1{HIDDEN}", parts.path)
        if not parts.query:
            return parts._replace(path=path).geturl()
        query = self.names(dict(parse_qsl(parts.query, keep_blank_values=True)), address=True)
        return parts._replace(path=path, query=urlencode(query, safe="*")).geturl()


def without(content: JsonValue, names: Collection[str]) -> JsonValue:
    """The content without fields of these names, at any depth."""
    if isinstance(content, dict):
        return {name: without(value, names) for name, value in content.items() if name not in names}
    return [without(item, names) for item in content] if isinstance(content, list) else content


def json_or_none(text: bytes) -> JsonValue:
    """The text as JSON, None if it is none."""
    try:
        content: JsonValue = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content
