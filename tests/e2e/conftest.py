"""Run the command line in this process, as its script does."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import cli
from opsledger.handlers import invocation
from yunmock import Cloud, Fault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FakeClock


@dataclass
class Ran:
    """The result of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output, parsed."""
        return json.loads(self.out)


@pytest.fixture
def no_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tablestore answers no write, on every cloud that a command opens."""
    made = Cloud.__init__

    def faulty(cloud: Cloud, **options: Any) -> None:
        made(cloud, **options)
        cloud.faults.add(Fault("tablestore", "BatchWriteRow", action="drop", times=-1))

    monkeypatch.setattr(Cloud, "__init__", faulty)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    root: Path,
    clock: FakeClock,
) -> Callable[..., Ran]:
    """Run `opsledger` in the project's folder, or in another; functions see a fixed clock."""
    monkeypatch.delenv("COLUMNS", raising=False)  # a pipe takes whole tables
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)

    def run(*words: str, given: Any = b"", data: Path | None = None, folder: Path = root) -> Ran:
        monkeypatch.chdir(folder)
        payload = given if isinstance(given, bytes) else json.dumps(given).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(payload), "utf-8", "surrogateescape"))
        monkeypatch.setattr(sys, "argv", ["opsledger", "--data", str(data or tmp_path / "data"), *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capfd.readouterr()
        return Ran(int(ended.value.code or 0), output.out, output.err)

    return run


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where folders are kept that several tests of a file begin with."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def once(kept: Path, tmp_path: Path) -> Callable[[Callable[[], object]], None]:
    """Fill the commands' folder with a function; after the first test of the file, by copying what that one made."""

    def once(fill: Callable[[], object]) -> None:
        made, folder = kept / fill.__qualname__, tmp_path / "data"
        if not made.exists():
            fill()
            shutil.copytree(folder, made)
        else:
            shutil.copytree(made, folder)

    return once
