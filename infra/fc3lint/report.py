"""Show findings to people and to programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from fc3lint.findings import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Protocol

    class Reported(Protocol):
        """What can be shown: a `Finding`, or that of another program."""

        @property
        def severity(self) -> str:
            """`error` or `warning`."""

        def to_json(self) -> Mapping[str, Any]:
            """For programs."""


def render(findings: Sequence[Reported], *, as_json: bool = False, say: Callable[[str], str] = str) -> str:
    """The findings as text or JSON, ending with a line break.

    Args:
        say: translates what the text ends with, such as `2 errors`; the findings are translated already.
    """
    if as_json:
        return json.dumps([finding.to_json() for finding in findings], indent=2) + "\n"
    return "".join(f"{_printable(line)}\n" for line in _lines(findings, say))


def exit_code(findings: Sequence[Reported]) -> int:
    """1 if there is an error, otherwise 0."""
    return int(any(finding.severity == ERROR for finding in findings))


def _lines(findings: Sequence[Reported], say: Callable[[str], str]) -> Iterator[str]:
    for finding in findings:
        yield from str(finding).splitlines()
    counts = Counter(finding.severity for finding in findings)
    numbers = [say(f"{count} {name}{'s' * (count != 1)}") for name, count in sorted(counts.items())]
    yield ", ".join(numbers) or say("nothing found")


def _printable(line: str) -> str:
    """Escape control characters: text from a file must not control the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
