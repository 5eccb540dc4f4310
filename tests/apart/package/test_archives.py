"""The built functions run: each on its own Python version, from the unpacked archives only.

Building takes most of a minute and downloads wheels. `make package-check` runs these tests alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.package import pruning, wheels
from opsctl.package.build import MANIFEST
from opsctl.package.bytecode import find_interpreter
from opsctl.package.targets import RUNTIMES
from opsledger.store.tables import CURSORS, RECORDS
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opsledger.store import Store
    from opsledger.store.tables import Table

ROOT = Path(__file__).parents[3]
RUNNER = Path(__file__).with_name("runner.py")
TIMER = {"triggerTime": "2026-01-01T00:00:00Z", "triggerName": "timer", "payload": "{}"}
# What each function is sent, and the table that its work then shows in; any other function is sent a timer's event.
STORED: dict[str, tuple[Path | None, Table]] = {
    "ecs_events": (ROOT / "events" / "forms" / "ecs-cloudevent.json", RECORDS),
    "eci_events": (ROOT / "events" / "forms" / "eci-cloudevent.json", RECORDS),
    "eci_poller": (None, CURSORS),
}
# How pip says that there is no network; anything else it says is a failure.
OFFLINE = ("NewConnectionError", "NameResolutionError", "Network is unreachable", "ConnectTimeoutError")
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/index.py"))


def build(runtime: str, out: Path) -> Path:
    """Run the packager; return the folder of archives."""
    done = subprocess.run(  # noqa: S603 - this project's packager
        [sys.executable, "-m", "opsctl.package", "--runtime", runtime, "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if any(sign in done.stderr for sign in OFFLINE):
        pytest.skip(f"pip could not fetch the requirements: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return out / runtime


@pytest.fixture(scope="module", params=sorted(RUNTIMES))
def built(request: pytest.FixtureRequest) -> Path:
    """The archives of each runtime in turn."""
    runtime: str = request.param
    if find_interpreter(RUNTIMES[runtime].python) is None:
        pytest.skip(f"Python {RUNTIMES[runtime].python} is not installed")
    return build(runtime, ROOT / "build" / "package")


@pytest.fixture
def place() -> Iterator[tuple[Server, Store]]:
    """A local cloud behind a port, with our tables."""
    cloud = local_cloud()
    with Server(cloud) as server:
        url, account = server.endpoints["tablestore"], cloud.account
        client = open_client(url, "yunmock", account.access_key_id, account.access_key_secret, None)
        store = TablestoreStore(client, "opsledger_")
        store.create_tables()
        yield server, store
    cloud.close()


def unpack(built: Path, names: Sequence[str], folder: Path) -> Path:
    """Unpack archives into one folder, as Function Compute does with a function's layers."""
    for name in names:
        with zipfile.ZipFile(built / f"{name}.zip") as archive:
            assert not [path for path in archive.namelist() if (folder / path).is_file()]
            archive.extractall(folder)
    return folder


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_from_its_archives_only(
    function: str, built: Path, place: tuple[Server, Store], tmp_path: Path
) -> None:
    """It answers and stores its event; nothing is loaded from elsewhere or compiled."""
    manifest = json.loads((built / MANIFEST).read_text())
    (layers,) = [one["layers"] for one in manifest["archives"] if one["name"] == function]

    report = run(function, layers, built, place, tmp_path)

    assert not {"numpy", "multidict", "opsctl.cli", "tablestore", "google.protobuf"} & set(report["modules"])


def test_a_function_runs_with_the_vendors_client(built: Path, place: tuple[Server, Store], tmp_path: Path) -> None:
    """The same function with one layer and one setting more."""
    report = run(
        "ecs_events", ["opsledger", "opsledger-sdk"], built, place, tmp_path, OPSLEDGER_TABLESTORE_CLIENT="sdk"
    )

    assert "tablestore" in report["modules"]
    assert not {"numpy", "multidict"} & set(report["modules"])


def run(
    function: str, layers: Sequence[str], built: Path, place: tuple[Server, Store], folder: Path, **settings: str
) -> dict[str, Any]:
    """Run a function from what was built, and check what it did; returns the runner's report."""
    server, store = place
    file, table = STORED.get(function, (None, None))
    interpreter = find_interpreter(RUNTIMES[built.name].python)
    assert interpreter is not None
    code, merged = unpack(built, [function], folder / "code"), unpack(built, layers, folder / "opt")
    (folder / "event.json").write_bytes(file.read_bytes() if file else json.dumps(TIMER).encode())

    done = subprocess.run(  # noqa: S603 - what was built here
        [interpreter, "-I", "-S", "-B", str(RUNNER), str(code), str(merged), str(folder / "event.json")],
        env={
            **server.environment,
            "OPSLEDGER_REGIONS": "cn-hangzhou",
            **settings,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert report["foreign"] == []
    assert report["uncompiled"] == []
    if table is not None:
        assert len(list(store.walk(table, []))) == 1
    if table is RECORDS:
        assert report["answer"]["recorded"] == 1
    return report


def test_every_pruning_rule_matches_a_file(built: Path) -> None:
    """A rule without a match is out of date: the files may have moved, and are no longer pruned."""
    paths: dict[str, list[str]] = {}
    for wheel in (built.parent / "wheels" / built.name).rglob("*.whl"):
        paths.setdefault(wheels.distribution(wheel), []).extend(wheels.sizes(wheel))

    idle = [
        rule
        for rule in pruning.RULES
        if rule.distribution in paths  # what is required on one Python alone may be absent here
        and rule.runtime in ("", built.name)
        and not any(fnmatchcase(path, rule.glob) for path in paths[rule.distribution])
    ]

    assert idle == []


def test_a_second_build_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """From scratch, in another folder, at another time."""
    again = build(built.name, tmp_path)

    archives = sorted(path.name for path in built.glob("*.zip"))
    assert archives == sorted(path.name for path in again.glob("*.zip"))
    assert [name for name in archives if (built / name).read_bytes() != (again / name).read_bytes()] == []
    assert (built / MANIFEST).read_bytes() == (again / MANIFEST).read_bytes()
