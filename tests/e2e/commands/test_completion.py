"""Completion, in the shells themselves: commands, and the values of an option."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECONDS = 60
"""As long as an answer of the shell may take on a busy machine."""
BASH = """
eval "$(_OPSLEDGER_COMPLETE=source_bash opsledger)"
completed() {
    COMP_WORDS=($1); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _opsledger_completion opsledger
    echo "${COMPREPLY[@]}"
}
completed "opsledger recor"
completed "opsledger records --status Sch"
completed "opsledger quarantine sh"
"""
ZSH = 'autoload -U compinit; compinit -D; eval "$(_OPSLEDGER_COMPLETE=source_zsh opsledger)"; echo READY=$?\n'


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """An environment with the program `opsledger`, and the shells' own settings left out."""
    program = tmp_path / "bin" / "opsledger"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom opsctl.cli import main\nmain()\n", encoding="utf-8")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(tmp_path), "TERM": "dumb", "PYTHONPATH": os.pathsep.join(sys.path)}


def needs(shell: str) -> pytest.MarkDecorator:
    """Skips a test where there is no such shell."""
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@needs("bash")
def test_bash(installed: dict[str, str]) -> None:
    """The function that bash calls gives the commands, and the values of an option."""
    bash = ["bash", "--norc", "-c", BASH]
    ran = subprocess.run(bash, env=installed, capture_output=True, text=True, check=True)  # noqa: S603 - the shell that is tried
    command, status, in_group = ran.stdout.splitlines()

    assert command == "records"
    assert "Scheduled" in status.split()
    assert in_group == "show"


@needs("zsh")
def test_zsh(installed: dict[str, str]) -> None:
    """A tab in an interactive shell completes a command, and what the values of an option have in common."""
    with interactive(["zsh", "-f", "-i"], installed) as (send, until):
        send(ZSH)
        until(b"READY=0")
        send("opsledger recor\t")
        until(b"records")
        send("--status Sch\t")
        until(b"Schedul")


@contextmanager
def interactive(
    words: list[str], environment: dict[str, str]
) -> Iterator[tuple[Callable[[str], None], Callable[[bytes], None]]]:
    """A shell on a terminal: functions to type, and to read until something is there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as shell:  # noqa: S603 - the shell that is tried
        os.close(theirs)

        def send(text: str) -> None:
            os.write(ours, text.encode())

        def until(text: bytes) -> None:
            read = b""
            while text not in read:
                assert select.select([ours], [], [], SECONDS)[0], (text, read)
                read += os.read(ours, 4096)

        try:
            yield send, until
        finally:
            shell.kill()
            os.close(ours)
