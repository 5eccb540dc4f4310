"""What the tests of the command line share: a run of it in this process, as its script runs it."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from opsctl import cli
from opsledger.handlers import invocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FakeClock


@dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output, for programs."""
        return json.loads(self.out)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    root: Path,
    clock: FakeClock,
) -> Callable[..., Ran]:
    """Runs `opsledger` in the project's folder; functions see a clock that stands."""
    monkeypatch.chdir(root)
    monkeypatch.setattr(invocation, "_opened", None)
    monkeypatch.setattr(invocation, "SystemClock", lambda: clock)

    def run(*words: str, given: Any = b"", data: Path | None = None) -> Ran:
        payload = given if isinstance(given, bytes) else json.dumps(given).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(payload), "utf-8", "surrogateescape"))
        monkeypatch.setattr(sys, "argv", ["opsledger", "--data", str(data or tmp_path / "data"), *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capfd.readouterr()
        return Ran(int(ended.value.code or 0), told.out, told.err)

    return run
