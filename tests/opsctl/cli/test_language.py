"""The texts of the command line in other languages, and how `--lang` chooses them."""

from __future__ import annotations

import string

import pytest

from opsctl.cli.language import translations
from opsctl.cli.texts import texts


def places(text: str) -> set[str]:
    """The names of what is filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_a_language_has_every_text(language: str) -> None:
    """Each text of the code is translated, nothing else is, and the same values are filled in."""
    translated = translations(language)

    assert set(translated) == set(texts())
    assert {text for text in translated if places(text) != places(translated[text])} == set()
