"""The language of the output: English is in the code, the others in `languages/<code>/` by the English text.

`texts.json` has what commands print, `help.json` their help, `messages.json` what ends them, `findings.json` what
`doctor` finds, and `typer.json` what typer and the operating system say. A message is made in English, where its reason
is known, by code that knows no language. So its template is recognised when it is printed.

What the vendor names stays as it is: types, statuses, fields, regions. So do severities and outcomes, which are values
of options, and what a service answers.
"""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from opsctl.cli import display

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "zh", "ja")
PARTS = ("texts", "help", "messages", "findings", "typer")
"""The files of each language."""
MESSAGES = ("messages", "typer")
FINDINGS = ("findings", *MESSAGES)
"""The files with the templates of messages that end a command, and of what `doctor` finds."""
PLACE = re.compile(r"<(\w+)>")
"""What is filled in, in the template of a message."""


def t(text: str, /, **values: object) -> str:
    """`text` in the display's language, with `values` in its places; in English where there is no other."""
    template = _in_language(text)
    return template.format(**values) if values else template


def help_text(text: str | None) -> str | None:
    """A help text in the display's language, paragraph by paragraph; in English as it is."""
    if not text or display.current().language == LANGUAGES[0]:
        return text
    return "\n\n".join(map(_in_language, paragraphs(text)))


def first_sentence(text: str | None) -> str | None:
    """The first sentence of a help text, for the list of commands; None in English, where typer finds it by itself."""
    if not text or display.current().language == LANGUAGES[0]:
        return None
    return _in_language(paragraphs(text)[0]).partition("。")[0]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line."""
    return [" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n")]


def said(message: str, of: tuple[str, ...] = MESSAGES) -> str:
    """A message in the display's language, if it or its template is known; and so are the messages within it.

    Args:
        of: the parts of the language whose templates it may have.
    """
    language = display.current().language
    if language == LANGUAGES[0]:
        return message
    known = translations(language)
    if message in known:
        return known[message]
    return _templated(message, of, language)


def _templated(message: str, of: tuple[str, ...], language: str) -> str:
    """A message, or a part of one, by these parts of the language.

    The other parts are not for what is filled in: `region` is the heading of a column, and a key of a file.
    """
    for name in of:
        if message in part(language, name):
            return part(language, name)[message]
    for pattern, names, translated in _patterns(language, of):
        found = pattern.fullmatch(message)
        if found:
            return _filled(translated, names, [_templated(value, of, language) for value in found.groups()])
    return message


def _filled(template: str, names: tuple[str, ...], values: list[str]) -> str:
    """The template with the values in the places of their names; of two places of one name, each gets its own."""
    left = list(zip(names, values, strict=True))

    def value(place: re.Match[str]) -> str:
        return left.pop(next(i for i, (name, _) in enumerate(left) if name == place[1]))[1]

    return PLACE.sub(value, template)


@cache
def _patterns(language: str, of: tuple[str, ...]) -> list[tuple[re.Pattern[str], tuple[str, ...], str]]:
    """Each template as a pattern, its names, and its translation, those that fit the least first.

    One that begins with text of its own is tried before one that begins with what is filled in, a longer one before a
    shorter one.
    """
    known = {text: translated for name in of for text, translated in part(language, name).items()}
    templates = sorted(filter(PLACE.search, known), key=lambda text: (text[0] == "<", -len(PLACE.sub("", text))))
    made = []
    for template in templates:
        literal = [re.escape(text) for text in PLACE.split(template)[::2]]
        pattern = re.compile("(.*?)".join(literal), re.DOTALL)
        made.append((pattern, tuple(PLACE.findall(template)), known[template]))
    return made


def _in_language(text: str) -> str:
    language = display.current().language
    return text if language == LANGUAGES[0] else translations(language).get(text, text)


@cache
def translations(language: str) -> Mapping[str, str]:
    """The texts of a language by the English text."""
    return {text: translated for name in PARTS for text, translated in part(language, name).items()}


@cache
def part(language: str, name: str) -> Mapping[str, str]:
    """One of the files of a language."""
    file = resources.files("opsctl.cli") / "languages" / language / f"{name}.json"
    read: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return read
