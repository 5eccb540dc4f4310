"""yunmock from its wheel, in an environment that has its requirements and nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import urllib.request
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed

ENVIRONMENTS = ("yunmock", "tablestore", "extras")
PYTEST = ("-q", "-W", "error", "-p", "no:cacheprovider")


@pytest.fixture(params=ENVIRONMENTS)
def yunmock(request: pytest.FixtureRequest, installed: Callable[[str], Installed]) -> Installed:
    """`yunmock`, then `yunmock[tablestore]`, then with all extras."""
    return installed(request.param)


def test_public_names_import(yunmock: Installed) -> None:
    """The names that every page of the docs uses come from the package itself."""
    ran = yunmock.run("python", "-c", "from yunmock import mock_aliyun, local_cloud, Fault")

    assert (ran.returncode, ran.stderr) == (0, "")


def test_help(yunmock: Installed) -> None:
    """The command is installed and names its subcommand."""
    ran = yunmock.run("yunmock", "--help")

    assert ran.returncode == 0, ran.stderr
    assert "serve" in ran.stdout


def test_serve(yunmock: Installed) -> None:
    """The server starts, answers over loopback, shows its first page with its style, and ends at SIGTERM."""
    command = [str(yunmock.bin / "yunmock"), "serve", "--json"]
    with subprocess.Popen(  # noqa: S603 - the command that the wheel installed
        command, cwd=yunmock.folder, env=yunmock.environment, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["env"]["YUNMOCK_URL"]
            for path in ("/_yunmock/health", "/", "/_yunmock/page/dashboard.css"):
                with urllib.request.urlopen(f"{url}{path}", timeout=60) as reply:  # noqa: S310 - loopback
                    assert reply.status == 200
        finally:
            server.send_signal(signal.SIGTERM)

    assert server.returncode == 0


FIXTURE_TEST = """
import sys

def test_nothing_is_imported_before_the_fixture_is_used():
    assert [name for name in sys.modules if name.startswith("yunmock.")] == ["yunmock.pytest_plugin"]

def test_fixture(aliyun):
    aliyun.clock.freeze(1_767_225_600_000)
    assert aliyun.clock.now_ms() == 1_767_225_600_000
"""


@pytest.mark.parametrize(
    ("arguments", "conftest"),
    [((), ""), (("-p", "yunmock.pytest_plugin"), ""), ((), 'pytest_plugins = ["yunmock.pytest_plugin"]')],
    ids=["entry point", "-p", "pytest_plugins"],
)
def test_fixture_needs_no_configuration(yunmock: Installed, arguments: tuple[str, ...], conftest: str) -> None:
    """The fixture is there, its plugin imports nothing early, and naming the plugin does not load it twice."""
    (yunmock.folder / "test_it.py").write_text(FIXTURE_TEST, encoding="utf-8")
    (yunmock.folder / "conftest.py").write_text(conftest, encoding="utf-8")

    ran = yunmock.run("python", "-m", "pytest", *PYTEST, *arguments)

    assert (ran.returncode, "2 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


def test_tablestore_without_its_sdk(installed: Callable[[str], Installed]) -> None:
    """Without the extra, asking for Tablestore says which extra to install."""
    code = "import yunmock; yunmock.local_cloud().services['tablestore']"

    ran = installed("yunmock").run("python", "-c", code)

    assert ran.returncode == 1
    assert ran.stderr.splitlines()[-1].endswith("run: pip install 'yunmock[tablestore]'")


EXTRAS = {
    "signatures": "import yunmock.eventbridge.signing_key",
    "jwt": "import jwt.algorithms; assert jwt.algorithms.has_crypto",
    "tls": "import yunmock.certificates",
    "tablestore": "import yunmock; yunmock.local_cloud().services['tablestore']",
}
"""What each extra makes possible."""


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra(installed: Callable[[str], Installed], extra: str) -> None:
    """With it, what it is for can be imported; without it, not."""
    with_all, without = (installed(name).run("python", "-c", EXTRAS[extra]) for name in ("extras", "yunmock"))

    assert (with_all.returncode, without.returncode) == (0, 1), with_all.stderr


def test_tls_without_its_extra(installed: Callable[[str], Installed]) -> None:
    """`yunmock serve --tls` says in one line which extra to install, and leaves no file."""
    place = installed("yunmock")

    ran = place.run("yunmock", "serve", "--tls")

    assert (ran.returncode, ran.stdout, list(place.folder.iterdir())) == (2, "", [])
    (line,) = ran.stderr.splitlines()
    assert line.endswith("run: pip install 'yunmock[tls]'")
