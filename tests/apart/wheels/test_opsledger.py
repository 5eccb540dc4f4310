"""opsledger from its wheel: bare, as functions need it, and with the command line."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

ROOT = Path(__file__).parents[3]
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
PACKAGES = (ROOT / "shared" / "opsledger", ROOT / "infra" / "opsctl", ROOT / "infra" / "fc3lint")


@pytest.fixture
def cli(installed: Callable[[str], Installed]) -> Installed:
    """`opsledger[cli]`."""
    return installed("cli")


def test_bare_command_names_the_extra(installed: Callable[[str], Installed]) -> None:
    """Without the extra the command fails in one line that says what to install."""
    ran = installed("opsledger").run("opsledger", "--help")

    assert (ran.returncode, ran.stdout) == (1, "")
    (line,) = ran.stderr.splitlines()
    assert line.endswith("run: pip install 'opsledger[cli]'")


def test_bare_linter_names_the_extra(installed: Callable[[str], Installed]) -> None:
    """Without the extra the last line says what to install."""
    ran = installed("opsledger").run("python", "-m", "fc3lint")

    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines()[-1].endswith("run: pip install 'opsledger[cli]'")


def test_help(cli: Installed) -> None:
    """With the extra the command line lists its commands."""
    ran = cli.run("opsledger", "--help")

    assert ran.returncode == 0, ran.stderr
    assert "publish" in ran.stdout


@pytest.mark.parametrize("command", ["doctor", "tour"])
def test_a_command_that_needs_s_yaml(cli: Installed, command: str) -> None:
    """In a folder without one it fails in one line that says so."""
    ran = cli.run("opsledger", command)

    assert (ran.returncode, ran.stdout) == (3, "")
    (line,) = ran.stderr.splitlines()
    assert "no s.yaml" in line


def test_commands_in_an_empty_folder(cli: Installed) -> None:
    """Samples and the ledger need no s.yaml."""
    sample = cli.run("opsledger", "sample", REBOOT)
    records = cli.run("opsledger", "records", "--json")

    assert (sample.returncode, REBOOT in sample.stdout) == (0, True), sample.stderr
    assert (records.returncode, records.stdout.strip()) == (0, "[]"), records.stderr


def test_commands_in_the_projects_folder(cli: Installed) -> None:
    """The tour runs, and a sample piped into `explain` is recognised."""
    for name in ("functions", "events", "infra/ros"):
        shutil.copytree(ROOT / name, cli.folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "s.yaml", cli.folder)

    tour = cli.run("opsledger", "tour")
    explained = cli.run("opsledger", "explain", "-", stdin=cli.run("opsledger", "sample", REBOOT).stdout)
    linted = cli.run("opsledger", "doctor")

    assert tour.returncode == 0, tour.stderr
    assert (explained.returncode, REBOOT in explained.stdout) == (0, True), explained.stderr
    assert linted.returncode == 0, linted.stdout


def test_wheel_holds_three_packages_and_all_their_files() -> None:
    """It holds the files of the three packages, data files too, and no other top-level name."""
    (wheel,) = (ROOT / "dist").glob("opsledger-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    sources = {
        path.relative_to(package.parent).as_posix()
        for package in PACKAGES
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert names == sources
