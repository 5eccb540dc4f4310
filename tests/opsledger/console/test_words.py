"""Every text of the pages is there in every language."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jinja2 import Environment, nodes
from tests.conftest import ROOT

from opsledger.catalog import Outcome
from opsledger.catalog.transition import SEVERITIES
from opsledger.console import words
from opsledger.console.routes import PAGES
from opsledger.ledger.drift import REMEDIES
from opsledger.ledger.reconciled import MEANINGS
from opsledger.notify.deliveries import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = ROOT / "shared" / "opsledger" / "console"
LANGUAGES = tuple(language for language in words.LANGUAGES if language != "en")
SCRIPTS = {"zh": re.compile("[\u4e00-\u9fff]"), "ja": re.compile("[\u3040-\u30ff\u4e00-\u9fff]")}
CALLS = {"wrong": 0, "not_found": 0, "PageError": 1, "t": 0}
"""The functions that take a text, and at which place."""


def of_templates() -> Iterator[str]:
    """The texts that templates translate."""
    for path in sorted((FOLDER / "templates").glob("*.html")):
        for call in Environment(autoescape=True).parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and isinstance(call.args[0], nodes.Const):
                yield str(call.args[0].value)


def of_code() -> Iterator[str]:
    """The texts that pages raise or give."""
    for path in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            place = CALLS.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
            if place is not None and isinstance(node, ast.Call):
                text: Any = node.args[place]
                yield from [text.value] if isinstance(text, ast.Constant) and isinstance(text.value, str) else []


def of_moments() -> Iterator[str]:
    """The texts of relative times."""
    yield from re.findall(r'"((?:in )?\{n\} \w+(?: ago)?)"', Path(FOLDER / "moments.py").read_text(encoding="utf-8"))


def of_values() -> Iterator[str]:
    """The values that are shown in words."""
    yield from (*SEVERITIES, *(outcome.value for outcome in Outcome), *STATES)
    yield from (route.title for route in PAGES.values())
    yield from (*REMEDIES, *REMEDIES.values(), *MEANINGS.values(), *(kind.value for kind in MEANINGS))


TEXTS = frozenset((*of_templates(), *of_code(), *of_moments(), *of_values()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_no_other(language: str) -> None:
    """A text that is added or dropped is added or dropped in each language."""
    assert len(TEXTS) > 100
    assert sorted(words.of_language(language).keys() ^ TEXTS) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_the_english_text(language: str) -> None:
    """And is in the script of its language."""
    for text, translation in words.of_language(language).items():
        assert sorted(re.findall(r"\{\w+\}", translation)) == sorted(re.findall(r"\{\w+\}", text)), text
        assert SCRIPTS[language].search(translation), text
