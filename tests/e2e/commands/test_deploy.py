"""`opsledger deploy` and `destroy` against a server, with a program in the place of Serverless Devs."""

from __future__ import annotations

import json
import os
import stat
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, FAILED, USAGE
from yunmock import deploy, local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")
LAYERS = ("opsledger", "opsledger-notifier", "opsledger-console", "opsledger-poller")
SERVERLESS_DEVS = """#!{python}
import json, os, sys
kept = {{name: value for name, value in os.environ.items() if name.startswith(("OPSLEDGER_", "OTS_", "default_"))}}
with open({path!r}, "a", encoding="utf-8") as file:
    file.write(json.dumps([sys.argv[1:], kept]) + "\\n")
sys.exit(int(os.environ.get("S_EXIT_CODE", "0")))
"""


@pytest.fixture
def ran(tmp_path: Path) -> Callable[[], list[tuple[list[str], dict[str, str]]]]:
    """What `s` was run with: its arguments, and the variables that matter."""

    def read() -> list[tuple[list[str], dict[str, str]]]:
        lines = (tmp_path / "ran.jsonl").read_text(encoding="utf-8").splitlines()
        return [(line[0], line[1]) for line in map(json.loads, lines)]

    return read


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What `make package` leaves."""
    folder = tmp_path / "package" / "python3.10"
    folder.mkdir(parents=True)
    for name in LAYERS:
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            archive.writestr("python/name.txt", name)
    archives = [{"kind": "layer", "name": name, "content_sha256": f"digest-of-{name}"} for name in LAYERS]
    (folder / "manifest.json").write_text(json.dumps({"archives": archives}), encoding="utf-8")
    return folder.parent


@pytest.fixture
def server(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that the environment points to, which has the functions already, and an `s` on the path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "s"
    program.write_text(
        SERVERLESS_DEVS.format(python=sys.executable, path=str(tmp_path / "ran.jsonl")), encoding="utf-8"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    with Server(local_cloud()) as made:
        for name, value in made.environment.items():
            if name not in ("OTS_INSTANCE", "OTS_ENDPOINT"):
                monkeypatch.setenv(name, value)
        monkeypatch.setenv("OTS_ENDPOINT", made.endpoints["tablestore"])
        monkeypatch.setenv("ROS_ENDPOINT", f"http://{made.endpoints['ros']}")
        monkeypatch.setattr("opsctl.deploy.remote.WAIT_S", 0.1)
        deploy(made.cloud, root / "s.yaml", {"OTS_ENDPOINT": made.endpoints["tablestore"]})
        yield made


@pytest.mark.usefixtures("server")
def test_deployed_twice_and_removed(
    run: Callable[..., Ran], built: Path, ran: Callable[[], list[tuple[list[str], dict[str, str]]]]
) -> None:
    """The first run makes everything and finds it sound, the second changes nothing, the removal keeps the tables."""
    first = run("deploy", "--region", "cn-hangzhou", "--built", str(built))
    assert (first.code, first.err) == (DONE, "")
    assert "  opsledger is made" in first.out
    assert "deployed; for the command line: export ALIBABA_CLOUD_ACCOUNT_ID=1000000000000001 " in first.out
    (arguments, variables), *_ = ran()
    assert arguments == ["deploy", "-y", "-t", "s.yaml"]
    assert variables["OPSLEDGER_LAYER"] == "acs:fc:cn-hangzhou:1000000000000001:layers/opsledger/versions/1"
    assert json.loads(variables["default_serverless_devs_key"])["AccountID"] == "1000000000000001"

    second = run("deploy", "--region", "cn-hangzhou", "--built", str(built))
    assert second.code == DONE
    assert second.out.count("is up to date") == 2 + len(LAYERS)

    removed = run("destroy", "--region", "cn-hangzhou", "--yes")
    assert removed.code == DONE
    assert "the Tablestore instance and its tables stay" in removed.out
    assert [arguments for arguments, _ in ran()][-1] == ["remove", "-y", "-t", "s.yaml"]


def test_what_is_not_as_the_file_says_fails(run: Callable[..., Ran], server: Server, built: Path) -> None:
    """When something else than the file is deployed, the comparison says so and the command fails."""
    functions = server.cloud.services["fc"]._state.functions  # type: ignore[attr-defined]
    del functions["opsledger-sweeper"]

    found = run("deploy", "--region", "cn-hangzhou", "--built", str(built))

    assert found.code == FAILED
    assert "opsledger-sweeper" in found.out


def test_serverless_devs_that_fails(
    run: Callable[..., Ran], server: Server, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code of `s` is in the message, and no rule is made."""
    monkeypatch.setenv("S_EXIT_CODE", "101")

    failed = run("deploy", "--region", "cn-hangzhou", "--built", str(built))

    assert (failed.code, "exit code 101" in failed.err) == (FAILED, True)
    assert server.cloud.services["eventbridge"].registry.rules("default") == []  # type: ignore[attr-defined]


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials, no region and no program."""
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_REGION_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALIBABA_CLOUD_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("PATH", "")


@pytest.mark.usefixtures("no_account")
def test_a_dry_run_needs_nothing(run: Callable[..., Ran], built: Path) -> None:
    """Without credentials, and without `s`, it prints every call that an empty account would get."""
    dry = run("deploy", "--region", "cn-hangzhou", "--built", str(built), "--dry-run", "--set", 'NetworkTypes=["VPC"]')

    assert (dry.code, dry.err) == (DONE, "")
    assert dry.out.count("FC CreateLayerVersion") == len(LAYERS)
    assert 'NetworkTypes=["VPC"]' in dry.out
    assert "s deploy -y -t s.yaml" in dry.out
    assert dry.out.endswith("nothing was changed\n")


@pytest.mark.usefixtures("no_account")
def test_a_dry_run_before_anything_is_built(run: Callable[..., Ran]) -> None:
    """It says that nothing is built, and prints the calls nevertheless."""
    dry = run("deploy", "--region", "cn-hangzhou", "--built", "nowhere", "--dry-run")

    assert (dry.code, "make package" in dry.out.splitlines()[0]) == (DONE, True)
    assert dry.out.count("description=content sha256:<not built>") == len(LAYERS)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("deploy", "--region", "cn-hangzhou", "--drill-channel", "ops"), USAGE, "--drill-channel needs --drill"),
        (("deploy", "--region", "cn-hangzhou", "--set", "Tables"), USAGE, "--set takes Name=value"),
        (("deploy", "--region", "cn-hangzhou", "--built", "nowhere"), FAILED, "ALIBABA_CLOUD_ACCESS_KEY_ID"),
        (("deploy",), USAGE, "--region"),
    ],
)
@pytest.mark.usefixtures("no_account")
def test_wrong_usage(run: Callable[..., Ran], words: tuple[str, ...], code: int, message: str) -> None:
    """What is missing or wrong is said before anything is called."""
    wrong = run(*words)

    assert wrong.code == code
    assert message in wrong.err
