"""Every command that may take long: a progress bar on a terminal, an end with Ctrl-C, and a reader such as `head`."""

from __future__ import annotations

import ast
import io
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import create_autospec

import pytest
import rich.progress
from tests.conftest import make_event

from opsctl.cli.local import local
from opsctl.cli.options import DONE, FAILED, INTERRUPTED, USAGE
from opsctl.cli.queues import FORM
from opsctl.ros.queues import FAILED as FAILED_QUEUE
from opsledger.handlers import invocation
from yunmock.mns.service import MnsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
LONG = {
    "publish": ("publish", "{events}"),
    "rebuild": ("rebuild", "--apply"),
    "drift": ("drift", "--days", "9999"),
    "export": ("export", "{folder}/new.jsonl"),
    "import": ("import", "{folder}/old.jsonl"),
    "migrate": ("migrate",),
    "redrive": ("redrive", "--rate", "1000"),
    "replay": ("quarantine", "replay"),
    "rules check": ("rules", "check", "{root}/events/corpus"),
}
"""Every long command by the label of its bar; the tour has none, it prints each act as it is played."""
MOVES = ("advance", "update")
"""What moves a bar of rich."""
STILL_WAITING = ("replay",)
"""Those that leave something here, and end with 1."""


@pytest.fixture(scope="module")
def world(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a local cloud, events and a backup: something to do for each command."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "events").mkdir()
    for number in range(3):
        event = json.dumps(make_event(REBOOT, "Scheduled", seed=f"new-{number}"))
        (folder / "events" / f"{number}.json").write_text(event, encoding="utf-8")
    invocation._opened = None
    with local(folder / "data", root / "s.yaml") as here:
        for number in range(3):
            here.cloud.publisher.publish("default", make_event(REBOOT, "Scheduled", seed=f"old-{number}"))
        here.cloud.publisher.publish("default", {**make_event(seed="c"), "type": "ecs:Instance:Unknown"})
        queues = here.cloud.services["mns"]
        assert isinstance(queues, MnsService)
        arn = FORM.format(region=here.cloud.account.region, account=here.cloud.account.account_id, name=FAILED_QUEUE)
        queues.send(arn, json.dumps(make_event(REBOOT, "Executing", seed="old-0")))
    return folder


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Ctrl-C interrupts: a shell without job control starts what runs in the background with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def given(world: Path, root: Path, tmp_path: Path, run: Callable[..., Ran]) -> Callable[..., Ran]:
    """Runs a long command by its label, on a copy of the world of its own."""
    shutil.copytree(world, tmp_path, dirs_exist_ok=True)
    assert run("export", str(tmp_path / "old.jsonl")).code == DONE

    def long(label: str) -> Ran:
        places = {"events": tmp_path / "events", "folder": tmp_path, "root": root}
        return run(*(word.format(**places) for word in LONG[label]))

    return long


class Terminal(io.StringIO):
    """Standard error on a terminal."""

    def isatty(self) -> bool:
        """It is one."""
        return True


@contextmanager
def on_a_terminal() -> Iterator[Terminal]:
    """Standard error is a terminal in the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", Terminal())
        yield sys.stderr  # type: ignore[misc]  # it was set above


def labels(root: Path) -> set[str]:
    """The labels of all bars in the code."""
    found = set()
    for path in (root / "infra" / "opsctl" / "cli").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("counting", "progress"):
                found.add(ast.literal_eval(node.args[0]))
    return found


def test_every_bar_is_tested(root: Path) -> None:
    """The table above has each command with a bar."""
    assert labels(root) == set(LONG)


@pytest.mark.parametrize("label", LONG)
def test_a_bar_on_a_terminal_alone(given: Callable[[str], Ran], label: str) -> None:
    """It is on standard error, moves, and is gone at the end; elsewhere standard error is empty."""
    with on_a_terminal() as screen, pytest.MonkeyPatch.context() as patch:
        for name in MOVES:
            move = getattr(rich.progress.Progress, name)
            patch.setattr(rich.progress.Progress, name, create_autospec(move, side_effect=move))
        first = given(label)
        moves = sum(getattr(rich.progress.Progress, name).call_count for name in MOVES)
    again = given(label)

    assert first.code == (FAILED if label in STILL_WAITING else DONE)
    assert label in screen.getvalue()
    assert moves
    assert "━" not in first.out
    assert again.err == "" or again.err.startswith("opsledger: ")
    assert "\x1b" not in again.err + again.out


@pytest.mark.parametrize("label", LONG)
def test_ctrl_c_ends_it(given: Callable[[str], Ran], label: str) -> None:
    """With exit code 130, no traceback, and no process or thread left; and it can be run again, an export to go on."""

    def interrupt(*_a: object, **_k: object) -> None:
        signal.raise_signal(signal.SIGINT)

    with on_a_terminal() as screen, pytest.MonkeyPatch.context() as patch:
        for name in MOVES:
            patch.setattr(rich.progress.Progress, name, interrupt)
        ran = given(label)
    said = screen.getvalue()
    left = [*multiprocessing.active_children(), *(t for t in threading.enumerate()[1:] if not t.daemon)]

    assert (ran.code, "Traceback" in said, left) == (INTERRUPTED, False, [])
    assert given(label).code == (USAGE if label == "export" else FAILED if label in STILL_WAITING else DONE)


@pytest.mark.parametrize("label", LONG)
def test_a_reader_that_has_ended_stops_nothing(
    given: Callable[[str], Ran], run: Callable[..., Ran], label: str
) -> None:
    """As with `| head`: nothing on standard error, and what the command changes is changed to the end."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1, encoding="utf-8") as nobody, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", nobody)
        ran = given(label)

    assert (ran.code, ran.err) == (FAILED if label in STILL_WAITING else DONE, "")
    left = {"publish": 6}.get(label, 3)
    assert len(run("records", "--json").json) == left


def test_ctrl_c_ends_the_tour(run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """With exit code 130 and no traceback; a second tour plays the day to its end."""
    with monkeypatch.context() as patch:
        patch.setattr("opsctl.cli.tour._outcomes", lambda *_: signal.raise_signal(signal.SIGINT))
        ran = run("tour")

    assert (ran.code, "Traceback" in ran.err) == (INTERRUPTED, False)
    assert [t for t in threading.enumerate()[1:] if not t.daemon] == []
    assert run("tour").code == DONE


def test_a_reader_that_has_ended_does_not_stop_the_tour(run: Callable[..., Ran], tmp_path: Path) -> None:
    """As with `make run | head`: the same records as with a reader, and nothing on standard error."""
    whole = run("tour", data=tmp_path / "whole")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", buffering=1, encoding="utf-8") as nobody, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", nobody)
        ran = run("tour")
    kinds = [sorted(one["type"] for one in run("records", "--json", data=d).json) for d in (None, tmp_path / "whole")]

    assert (whole.code, ran.code, ran.err) == (DONE, DONE, "")
    assert kinds[0] == kinds[1] != []
