"""Show findings to people and to programs."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from fc3lint.findings import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fc3lint.findings import Finding


def render(findings: Sequence[Finding], *, as_json: bool = False) -> str:
    """The findings as text or JSON, ending with a line break."""
    if as_json:
        return json.dumps([finding.to_json() for finding in findings], indent=2) + "\n"
    return "".join(f"{_printable(line)}\n" for line in _lines(findings))


def exit_code(findings: Sequence[Finding]) -> int:
    """1 if there is an error, otherwise 0."""
    return int(any(finding.severity == ERROR for finding in findings))


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield from str(finding).splitlines()
    counts = Counter(finding.severity for finding in findings)
    yield ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in sorted(counts.items())) or "nothing found"


def _printable(line: str) -> str:
    """Escape control characters: text from a file must not control the terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in line)
