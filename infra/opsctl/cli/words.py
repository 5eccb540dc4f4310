"""What the words of the command line say before typer reads them: the language, and which command is meant.

A mistake in the words is reported in the language that they ask for, and only the command that is meant is built.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from opsctl.cli.language import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

TAKING_A_VALUE = ("--data", "--lang")
"""The options that may stand before the command with a value behind them."""


def language(words: Sequence[str]) -> str:
    """The language that the words or the environment ask for; English if they name another."""
    asked = [os.environ.get("OPSLEDGER_LANG", "")]
    for word, behind in zip(words, [*words[1:], ""], strict=False):
        if word == "--":
            break
        if word == "--lang" or word.startswith("--lang="):
            asked.append(behind if word == "--lang" else word.partition("=")[2])
    return next((one for one in reversed(asked) if one in LANGUAGES), LANGUAGES[0])


def command(words: Sequence[str], known: Collection[str]) -> str | None:
    """Which of the `known` commands is meant; None where all are needed, as for help or completion."""
    if "_OPSLEDGER_COMPLETE" in os.environ:
        return None
    left = iter(words)
    for word in left:
        if word in TAKING_A_VALUE:
            next(left, None)
        elif not word.startswith(tuple(f"{option}=" for option in TAKING_A_VALUE)):
            return word if word in known else None
    return None
