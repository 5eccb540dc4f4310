"""The code blocks of the documentation, and how each kind of block is checked.

A block of commands is typed by `tests/apart/docs`, unless the page says before it, in a comment, why that cannot be:
`<!-- not run: it needs an account -->`. Then its commands are compared with the programs that they call.
"""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/**/*.md", "infra/*/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
_FENCE: Final = re.compile(r"^(?P<indent> *)```(?P<language>\S*)$")
_MARK: Final = re.compile(r"^\s*<!-- (?P<word>[^:>]+?)(?:: (?P<text>.*?))? -->$")
NOT_RUN: Final = ("not run", "不运行")
"""The marks of a block that is not typed, in the languages of the pages."""


class How(Enum):
    """How the blocks of a page are checked."""

    TYPED = "tests/apart/docs types each command in a scratch folder"
    COMPARED = "tests/apart/docs types each command, and compares what it prints"
    GENERATED = "`make docs` writes it, and `make lint` fails if it differs"
    COMPARISON = "code of another project, shown to compare"
    EXECUTED = "a test of the package executes it"
    COMPILED = "it compiles, and what it imports is there"
    ADDRESS = "each line is an address on the web"
    JSON = "it is JSON"
    YAML = "it is YAML"
    ROUTES = "it is a notify.yaml without a mistake"
    FUNCTION = "the linter finds no mistake in a function with it"
    DIAGRAM = "it is a Mermaid diagram of a known kind"
    SYNOPSIS = "each option is one of the program"


HOW: Final[dict[tuple[str, str], How]] = {
    ("README.md", "sh"): How.TYPED,
    ("README.md", "text"): How.GENERATED,
    ("README.md", "mermaid"): How.DIAGRAM,
    ("README.md", "python"): How.COMPILED,
    ("docs/architecture.md", "mermaid"): How.DIAGRAM,
    ("docs/catalog.md", "mermaid"): How.GENERATED,
    ("docs/cli.md", "text"): How.GENERATED,
    ("docs/console.md", "bash"): How.TYPED,
    ("docs/console.md", "text"): How.ADDRESS,
    ("docs/deploy.md", "bash"): How.TYPED,
    ("docs/deploy.md", "yaml"): How.FUNCTION,
    ("docs/doctor.md", "bash"): How.TYPED,
    ("docs/monitoring.md", "bash"): How.TYPED,
    ("docs/monitoring.md", "yaml"): How.YAML,
    ("docs/notifications.md", "json"): How.JSON,
    ("docs/notifications.md", "yaml"): How.ROUTES,
    ("docs/operations.md", "bash"): How.TYPED,
    ("docs/operations.md", "console"): How.COMPARED,
    ("docs/runbooks.md", "sh"): How.TYPED,
    ("docs/tutorial.md", "sh"): How.TYPED,
    ("docs/upgrading.md", "console"): How.COMPARED,
    ("docs/yunmock/README.md", "bash"): How.TYPED,
    ("docs/yunmock/README.md", "json"): How.JSON,
    ("docs/yunmock/README.md", "python"): How.EXECUTED,
    ("docs/yunmock/README.md", "text"): How.SYNOPSIS,
    ("docs/yunmock/chat.md", "python"): How.EXECUTED,
    ("docs/yunmock/cloudmonitor.md", "python"): How.EXECUTED,
    ("docs/yunmock/eci.md", "python"): How.EXECUTED,
    ("docs/yunmock/ecs.md", "python"): How.EXECUTED,
    ("docs/yunmock/eventbridge.md", "python"): How.EXECUTED,
    ("docs/yunmock/function-compute.md", "python"): How.EXECUTED,
    ("docs/yunmock/pages.md", "bash"): How.TYPED,
    ("docs/yunmock/ros.md", "python"): How.EXECUTED,
    ("docs/yunmock/smq.md", "python"): How.EXECUTED,
    ("docs/yunmock/tablestore.md", "python"): How.EXECUTED,
    ("docs/yunmock/from-moto.md", "python"): How.EXECUTED,
    ("docs/yunmock/from-moto.md", "text"): How.COMPARISON,
    ("infra/yunmock/README.md", "js"): How.EXECUTED,
    ("infra/yunmock/README.md", "python"): How.EXECUTED,
    ("infra/yunmock/README.md", "sh"): How.EXECUTED,
    ("infra/yunmock/README.md", "yaml"): How.EXECUTED,
}
"""How the blocks of a language on a page are checked. A page in another language is checked like the English one."""
TRANSLATED: Final = {
    "README.zh-CN.md": "README.md",
    "docs/zh/deploy.md": "docs/deploy.md",
    "docs/zh/operations.md": "docs/operations.md",
    "docs/zh/runbooks.md": "docs/runbooks.md",
    "docs/zh/tutorial.md": "docs/tutorial.md",
}
"""The Chinese pages, with the English ones that they follow."""


class Block(NamedTuple):
    """One code block.

    Attributes:
        line: where it begins, counted from 1.
        reason: why it is not typed; empty if it is.
        printed: texts that it prints, as the page's comments after it say (`<!-- prints: … -->`).
    """

    page: str
    line: int
    language: str
    code: str
    reason: str = ""
    printed: tuple[str, ...] = ()

    @property
    def how(self) -> How | None:
        """How it is checked; None if the table has no row for it."""
        return HOW.get((TRANSLATED.get(self.page, self.page), self.language))

    @property
    def commands_of_session(self) -> list[str]:
        """The lines that a person types into a session with a prompt."""
        return [line[2:] for line in self.code.splitlines() if line.startswith("$ ")]


def text_of(page: str) -> str:
    """A page as it is stored."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str) -> list[Block]:
    """The code blocks of a page, in order."""
    return list(_blocks(page, text_of(page).splitlines()))


def _blocks(page: str, lines: list[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence is None:
            at += 1
            continue
        begins, indent = at, len(fence["indent"])
        at += 1
        while lines[at].strip() != "```":
            at += 1
        code = "".join(f"{line[indent:]}\n" for line in lines[begins + 1 : at])
        at += 1
        reason = next((text for word, text in _marks(reversed(lines[:begins])) if word in NOT_RUN), "")
        printed = tuple(text for word, text in _marks(lines[at:]) if word == "prints")
        yield Block(page, begins + 1, fence["language"], code, reason, printed)


def _marks(lines: Iterator[str] | list[str]) -> Iterator[tuple[str, str]]:
    """The marks that stand directly before or after a block."""
    for line in lines:
        if not line.strip():
            continue
        found = _MARK.match(line)
        if found is None:
            return
        yield found["word"], found["text"] or ""
