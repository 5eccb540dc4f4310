"""What the project says of itself: two READMEs in step, commands that exist, locks that name no host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsctl.cli.app import app

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")
CODE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def text(name: str) -> str:
    """A file of the project's folder."""
    return (ROOT / name).read_text(encoding="utf-8")


def without_comments(code: str) -> list[str]:
    """The lines of a code block, less what is said in words."""
    return [line.split("  # ")[0].split("     # ")[0].rstrip() for line in code.splitlines()]


def test_both_readmes_have_the_same_code() -> None:
    """A command or picture that one shows, the other shows."""
    english, chinese = ([(kind, without_comments(code)) for kind, code in CODE.findall(text(n))] for n in READMES)

    assert english == chinese


def test_both_readmes_have_the_same_shape() -> None:
    """Section for section and table row for table row."""
    shapes = []
    for name in READMES:
        prose = CODE.sub("", text(name))
        shapes.append([line.split(" ")[0] for line in prose.splitlines() if line.startswith(("#", "|", "- "))])

    assert shapes[0] == shapes[1]


def test_the_readme_names_only_commands_that_exist() -> None:
    """Each `opsledger …` of the README is a command of the program."""
    commands = {c.name or getattr(c.callback, "__name__", "").replace("_", "-") for c in app.registered_commands}
    commands |= {group.name for group in app.registered_groups if group.name}
    named = set(re.findall(r"^opsledger (\w[\w-]*)", text("README.md"), re.MULTILINE))

    assert named
    assert named <= commands


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda path: path.name)
def test_a_lock_pins_and_hashes_everything_and_names_no_host(lock: Path) -> None:
    """What is installed is what was locked, from the index that the machine's pip is configured with."""
    locked = lock.read_text()
    pins = re.findall(r"^[a-z0-9][\w.-]*==\S+", locked, re.MULTILINE)
    requirements = [line for line in locked.splitlines() if re.match(r"[a-zA-Z0-9]", line)]

    assert "://" not in locked
    assert len(pins) == len(requirements) > 0
    assert locked.count("--hash=sha256:") >= len(pins)
