"""typer's own words in the display's language: headings of help, and what is wrong with the words that were typed.

typer writes them in English into its code. So a help page is laid out here, where Chinese and Japanese characters take
two columns, and the lines of an error are translated as they are printed. English is typer's own.
"""

from __future__ import annotations

import io
import re
import sys
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from opsctl.cli import display
from opsctl.cli.columns import wrapped
from opsctl.cli.language import LANGUAGES, said

if TYPE_CHECKING:
    from collections.abc import Sequence

_Context: Any = TyperCommand.context_class
_Formatter: Any = _Context.formatter_class
_Error: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""Whatever is wrong with the words; older versions of typer have it from click, newer ones have their own."""
_EXTRA = re.compile(r"(.*?)\s*\[([^\[\]]*)\]")
"""A help text, and what typer adds to it in brackets, such as its default."""
FIRST_COLUMN = 30
"""As wide as the column of options gets."""


class SpeakingFormatter(_Formatter):  # type: ignore[misc]  # the class is typer's, in whatever module it is
    """Lays out a help page in the display's language."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write the line that shows how a command is typed."""
        super().write_usage(prog, args, said("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        """Write a heading."""
        super().write_heading(said(heading))

    def write_text(self, text: str) -> None:
        """Write paragraphs."""
        if _is_english():
            super().write_text(text)
            return
        margin = " " * self.current_indent
        parts = ("\n".join(margin + line for line in self._wrapped(part, 0)) for part in text.split("\n\n"))
        self.write("\n\n".join(parts) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = FIRST_COLUMN, col_spacing: int = 2) -> None:
        """Write a list of options or commands, and what each is for."""
        if _is_english():
            super().write_dl(rows, col_max, col_spacing)
            return
        first = min(max(len(name) for name, _ in rows), col_max) + col_spacing
        for name, about in rows:
            lines = self._wrapped(_with_extra(about), first)
            fits = len(name) <= first - col_spacing
            head = [name.ljust(first) + lines[0], *lines[1:]] if fits and lines else [name, *lines]
            margins = (" " * (self.current_indent + (first if number else 0)) for number in range(len(head)))
            self.write("".join(f"{margin}{line}".rstrip() + "\n" for margin, line in zip(margins, head, strict=True)))

    def _wrapped(self, text: str, indent: int) -> list[str]:
        return wrapped(text, self.width - self.current_indent - indent)


class SpeakingContext(_Context):  # type: ignore[misc]  # the class is typer's, in whatever module it is
    """A context whose help is laid out by `SpeakingFormatter`."""

    formatter_class = SpeakingFormatter


class SpeakingCommand(TyperCommand):
    """A command whose help is in the display's language."""

    context_class = SpeakingContext


class SpeakingGroup(TyperGroup):
    """A group whose help, and what is said about mistakes in the words, is in the display's language."""

    context_class = SpeakingContext

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run it; a mistake in the words is printed and ends with exit code 2."""
        if not options.get("standalone_mode", True):
            return super().main(*arguments, **options)
        options["standalone_mode"] = False
        try:
            code = super().main(*arguments, **options)
        except typer.Abort:
            sys.stderr.write(said("Aborted!") + "\n")
            sys.exit(1)
        except _Error as error:
            _show(error)
            sys.exit(error.exit_code)
        sys.exit(code)


def _show(error: Any) -> None:
    """Print what is wrong, line by line in the display's language, without what pydantic calls it."""
    printed = io.StringIO()
    error.show(printed)
    for line in printed.getvalue().splitlines():
        sys.stderr.write(said(line.replace(": Value error, ", ": ", 1)) + "\n")


def _with_extra(about: str) -> str:
    """A help text with what typer adds to it translated."""
    found = _EXTRA.fullmatch(about)
    if found is None:
        return said(about)
    extra = "; ".join(said(one) for one in found[2].split("; "))
    return f"{said(found[1])} [{extra}]".strip()


def _is_english() -> bool:
    return display.current().language == LANGUAGES[0]
