"""A local cloud behind HTTP, and the command line with `--remote` against it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest
from alibabacloud_credentials.utils import auth_constant, auth_util

from opsctl import cli
from opsctl.ros import rules
from opsctl.ros.roles import policies
from opsctl.ros.template import read
from opsledger.store.tablestore import TablestoreStore, open_client
from yunmock import Account, deploy_rules, local_cloud
from yunmock.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SECRET = Account().access_key_secret
Ran = tuple[int, str, str]


@pytest.fixture(scope="package")
def server(root: Path) -> Iterator[Server]:
    """A cloud with the functions of s.yaml, on a port."""
    cloud = local_cloud(template=root / "s.yaml", roles=policies(read()), act_as_cloud=True)
    deploy_rules(cloud, rules.to_deploy(root / "s.yaml"))
    with Server(cloud) as serving:
        yield serving
    cloud.close()


@pytest.fixture
def run(
    server: Server, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], root: Path
) -> Callable[..., Ran]:
    """Run `opsledger` as its script does, with the server's variables or others.

    The vendor's credentials package reads the environment once, when it is imported, and the profile file in the home
    folder. So what the shell or the home folder of a developer has is taken away here.
    """
    for name in [name for name in vars(auth_util) if name.startswith("environment_")]:
        monkeypatch.setattr(auth_util, name, None)
    monkeypatch.setattr(auth_constant, "HOME", None)

    def run(*words: str, given: bytes = b"", **variables: str | None) -> Ran:
        monkeypatch.chdir(root)
        for name, value in {**server.environment, "OTS_INSTANCE": "opsledger", **variables}.items():
            monkeypatch.setenv(name, value) if value is not None else monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), "utf-8"))
        monkeypatch.setattr(sys, "argv", ["opsledger", *words])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        output = capfd.readouterr()
        assert SECRET not in output.out + output.err
        return int(ended.value.code or 0), output.out, output.err

    return run


def open_remote_with(server: Server) -> TablestoreStore:
    """The tables on the server, as the commands open them."""
    keys = Account().access_key_id, Account().access_key_secret
    return TablestoreStore(open_client(server.environment["OTS_ENDPOINT"], "opsledger", *keys, None), "opsledger_")
