"""The language of the output: the English text is in the code, the others in `languages/<code>.json` by that text.

What the vendor names stays as it is: types, statuses, fields, regions. So do severities and outcomes, which are values
of options, and the messages of the library and of SDKs.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from opsctl.cli import display

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "zh", "ja")


def t(text: str, /, **values: object) -> str:
    """`text` in the display's language, with `values` in its places; in English where there is no other."""
    language = display.current().language
    template = text if language == "en" else translations(language).get(text, text)
    return template.format(**values) if values else template


@cache
def translations(language: str) -> Mapping[str, str]:
    """The texts of a language by the English text."""
    read: dict[str, str] = json.loads(
        (resources.files("opsctl.cli") / "languages" / f"{language}.json").read_text(encoding="utf-8")
    )
    return read
