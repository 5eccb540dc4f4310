"""Message templates: a fixed wording with named placeholders, and which template a message matches.

The vendor lists the messages of its events as `printf` texts, "Spot ECI will be released in %s minutes" (ECI events,
help.aliyun.com/zh/eci). Matching a message against them yields the values in place of the placeholders, and
distinguishes events that share a name. A text is split at its placeholders and the pieces are searched from left to
right, so the time is linear in the length of any message. A text is split when the first message is matched.

What really arrives differs from the pages: the service puts the part of it that speaks in front of many messages,
`[eci.imagecache]Missed image cache.`, and some have a clause more. `normalise` takes the prefix off, the wordings of a
message have those `seen` in logs, and `in_service_wording` makes one text of all wordings.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from opsledger import strict_json
from opsledger.errors import NotJsonError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Edition",
    "Template",
    "TemplateMatch",
    "fill",
    "in_service_wording",
    "match_message",
    "normalise",
    "wordings",
]

Edition = Literal["zh", "en", "ja", "seen"]
"""The language edition of the vendor's page that a wording was read from; `seen` for one of public logs alone."""

PLACEHOLDER = "%s"

# The editions differ in whether a message ends in a full stop, and routes differ in whether they trim it.
_TAIL = " \t\r\n\f\v\u00a0\u3000.。"
_SPEAKER = re.compile(r"\s*\[eci\.[A-Za-z0-9_.-]{1,40}\]\s*", re.ASCII)
"""The part of ECI that a message is from, as the service writes it in front of the message."""


@dataclass(frozen=True, slots=True)
class Template:
    """One wording of a message.

    Wordings of one message share an `id`; the first of them is the one the service sends. `example` is the
    vendor's own message where `text` is a generalisation of it. A message that is a JSON object names the
    members that `params` are taken from, in the same order, in `json_fields`.
    """

    id: str
    text: str
    params: tuple[str, ...] = ()
    source: Edition = "zh"
    example: str | None = None
    json_fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a text whose placeholders and names disagree."""
        if self.text.count(PLACEHOLDER) != len(self.params):
            raise ValueError(f"{self.id}: {self.text.count(PLACEHOLDER)} placeholders for {len(self.params)} names")
        if len(set(self.params)) != len(self.params):
            raise ValueError(f"{self.id}: a name stands for two placeholders")
        if self.json_fields and len(self.json_fields) != len(self.params):
            raise ValueError(f"{self.id}: {len(self.json_fields)} JSON members for {len(self.params)} names")


@dataclass(frozen=True, slots=True)
class TemplateMatch:
    """The template that a message matches, and the values in place of its placeholders."""

    template: Template
    params: dict[str, str]


def wordings(
    template_id: str,
    text: str,
    params: tuple[str, ...] = (),
    *,
    en: str | None = None,
    ja: str | None = None,
    seen: tuple[str, ...] = (),
) -> tuple[Template, ...]:
    """One message as the service sends it, as the English and the Japanese page reword it, and as `seen` in logs."""
    reworded: tuple[tuple[Edition, str | None], ...] = (("en", en), ("ja", ja))
    return (
        Template(template_id, text, params),
        *(Template(template_id, other, params, source) for source, other in reworded if other is not None),
        *(Template(template_id, other, params, "seen") for other in seen),
    )


def normalise(message: str) -> str:
    """The message without the part of ECI that the service puts in front of it: `[eci.containergroup]`."""
    speaker = _SPEAKER.match(message)
    return message if speaker is None else message[speaker.end() :]


def match_message(templates: Iterable[Template], message: str) -> TemplateMatch | None:
    """The wording that the whole of `message` is in; of several, the one with the most literal text.

    The message is `normalise`d.
    White space and full stops at the end of the message, and white space around a value, carry nothing.
    Of a JSON message the params hold the members that are there as strings, at least one.
    """
    trimmed = normalise(message).rstrip(_TAIL)
    best: TemplateMatch | None = None
    for template in templates:
        if best is not None and _literal_length(template) <= _literal_length(best.template):
            continue
        params = _json_params(template, trimmed) if template.json_fields else _params(template, trimmed)
        if params is not None:
            best = TemplateMatch(template, params)
    return best


def fill(template: Template, params: Mapping[str, str]) -> str:
    """The message that `template` makes of `params`; they must be exactly the ones it names.

    Raises:
        ValueError: a name is missing, or is not one of the template's.
    """
    if params.keys() != set(template.params):
        raise ValueError(f"{template.id} takes {sorted(template.params)}, not {sorted(params)}")
    values = [params[name] for name in template.params]
    if template.json_fields:
        members = dict(zip(template.json_fields, values, strict=True))
        return json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    first, *rest = template.text.split(PLACEHOLDER)
    return first + "".join(value + piece for value, piece in zip(values, rest, strict=True))


def in_service_wording(templates: Iterable[Template], message: str, match: TemplateMatch | None) -> str:
    """The same text for every wording of one message: the service's own, with the same values.

    A message that is in no known wording, or lacks a value, stays as it is but for its prefix.

    Args:
        templates: among which the `match` of `message` was found.
    """
    first = None if match is None else next((t for t in templates if t.id == match.template.id), None)
    if first is None or match is None or match.params.keys() != set(first.params):
        return normalise(message)
    return fill(first, match.params)


def _literal_length(template: Template) -> int:
    return len(template.text) - len(PLACEHOLDER) * len(template.params)


@cache
def _pieces(text: str) -> tuple[str, ...]:
    """The literal text around the placeholders, without the characters that the end of a message may lack."""
    *pieces, last = text.split(PLACEHOLDER)
    return (*pieces, last.rstrip(_TAIL))


def _params(template: Template, message: str) -> dict[str, str] | None:
    pieces = _pieces(template.text)
    values = _between(pieces, message)
    if values is None and len(pieces) > 1 and not pieces[-1]:
        values = _with_last_hole_empty(pieces, message)
    if values is None:
        return None
    return {name: value.strip() for name, value in zip(template.params, values, strict=True)}


def _with_last_hole_empty(pieces: Sequence[str], message: str) -> list[str] | None:
    """The values if the last placeholder is empty, and the space before it was trimmed with it."""
    *before, last, _ = pieces
    values = _between((*before, last.rstrip(_TAIL)), message)
    return None if values is None else [*values, ""]


def _between(pieces: Sequence[str], message: str) -> list[str] | None:
    """What stands between `pieces`, each taken where it first occurs; None if they do not span `message`."""
    first, *rest = pieces
    if not rest:
        return [] if message == first else None
    *middle, last = rest
    start, end = len(first), len(message) - len(last)
    if start > end or not (message.startswith(first) and message.endswith(last)):
        return None
    values = []
    for piece in middle:
        found = message.find(piece, start, end)
        if found < 0:
            return None
        values.append(message[start:found])
        start = found + len(piece)
    return [*values, message[start:end]]


def _json_params(template: Template, message: str) -> dict[str, str] | None:
    try:
        members = strict_json.read(message)
    except NotJsonError:
        return None
    if not isinstance(members, dict):
        return None
    named = zip(template.params, template.json_fields, strict=True)
    params = {name: members[field] for name, field in named if isinstance(members.get(field), str)}
    return params or None
