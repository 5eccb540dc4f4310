"""yunmock's README, typed block by block in an empty folder by someone who has installed the wheel."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.apart.conftest import Installed

ROOT = Path(__file__).parents[3]
README = ROOT / "infra" / "yunmock" / "README.md"
MODULES = ROOT / ".venv" / "apart-node" / "node_modules"
BLOCK = re.compile(r"^### (?P<title>[^\n]+)$|```(?P<kind>\w+)\n(?P<code>.*?)```", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:#|//) (\S+\.\w+)\n")
PORT = "8480"
"""The server's port on the page; the test takes a free one."""
INSTALLS = ("pip", "npm")
"""Commands that are not typed: their packages are installed, from locks with hashes."""
LINES = 20
"""How long a quick start may be."""


def sections() -> dict[str, list[tuple[str, str]]]:
    """The blocks below each heading of the third level: kind and code."""
    found: dict[str, list[tuple[str, str]]] = {}
    title = ""
    for part in BLOCK.finditer(README.read_text(encoding="utf-8")):
        title = part["title"] or title
        if part["kind"] and title:
            found.setdefault(title, []).append((part["kind"], part["code"]))
    return found


SECTIONS = sections()


@pytest.fixture
def place(installed: Callable[[str], Installed]) -> Installed:
    """An empty folder, with `yunmock[tablestore]` and pytest."""
    return installed("tablestore")


@pytest.fixture
def port(place: Installed) -> Iterator[str]:
    """The port of a server, started by the command of the page."""
    (command,) = [code for kind, code in SECTIONS["As a server"] if code.startswith("yunmock serve")]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number = str(probe.getsockname()[1])
    name, *arguments = shlex.split(command.replace(PORT, number))
    with subprocess.Popen(  # noqa: S603 - the page's own command
        [str(place.bin / name), *arguments],
        cwd=place.folder,
        env=place.environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            assert number in server.stdout.readline()
            yield number
        finally:
            server.terminate()


def typed(place: Installed, blocks: list[tuple[str, str]], port: str) -> str:
    """Write each named file, run each command, and return what the commands print."""
    printed = ""
    for kind, page_code in blocks:
        code = page_code.replace(PORT, port)
        if kind != "sh":
            name = FILE.match(code)
            assert name, f"the first line of a block says the name of its file: {code}"
            file = place.folder / name[1]
            file.parent.mkdir(exist_ok=True)
            file.write_text(code, encoding="utf-8")
            continue
        for line in code.splitlines():
            if not line.startswith((*INSTALLS, "yunmock serve")):
                printed += run(place, line)
    return printed


def run(place: Installed, line: str) -> str:
    """What a command prints; a failure fails the test."""
    done = subprocess.run(  # noqa: S603 - the page's own command
        ["/bin/bash", "-c", line],
        cwd=place.folder,
        env={**place.environment, "NODE_PATH": str(MODULES), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


QUICK_STARTS = {
    "With pytest": "1 passed",
    "With unittest": "Ran 1 test",
    "Your own functions": "1 passed",
    "As a server": '"status":"ok"',
    "From Node": "[]",
}
"""What the commands of each section print."""


@pytest.mark.parametrize("title", QUICK_STARTS)
def test_a_quick_start(place: Installed, request: pytest.FixtureRequest, title: str) -> None:
    """It works as it is typed."""
    if title == "From Node" and shutil.which("node") is None:
        pytest.skip("node is not installed")
    served = any("127.0.0.1" in code for _, code in SECTIONS[title])
    port = request.getfixturevalue("port") if served else PORT

    assert QUICK_STARTS[title] in typed(place, SECTIONS[title], port)


def test_every_block_is_typed() -> None:
    """No section with code is left out, and each file of a quick start is short."""
    assert sorted(SECTIONS) == sorted(QUICK_STARTS)
    lengths = [len(code.splitlines()) for blocks in SECTIONS.values() for _, code in blocks]
    assert max(lengths) <= LINES
