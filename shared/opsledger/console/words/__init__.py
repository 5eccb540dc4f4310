"""The words of the pages: the English text is in the code, the others in the files beside this one by that text.

What the vendor names stays as it is: types, statuses, fields, regions.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "zh", "ja")


def translated(language: str, text: str, values: Mapping[str, object]) -> str:
    """`text` in a language with its values in place; in English where there is no other."""
    template = text if language == LANGUAGES[0] else of_language(language).get(text, text)
    return template.format(**values) if values else template


@cache
def of_language(language: str) -> Mapping[str, str]:
    """The texts of a language by the English text."""
    file = resources.files(__name__) / f"{language}.json"
    read: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return read
