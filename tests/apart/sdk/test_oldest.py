"""The oldest Tablestore SDK that is allowed sends and reads what the newest does, and so what our own client does."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.apart.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.apart.conftest import Installed


@pytest.mark.parametrize("module", ["test_requests.py", "test_answers.py"])
def test_both_clients_agree(module: str, installed: Callable[[str], Installed]) -> None:
    """The comparison of both clients passes there, too."""
    environment = installed("sdk-oldest")

    ran = subprocess.run(  # noqa: S603 - our own tests
        [str(environment.bin / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{TESTS}/{module}"],
        cwd=ROOT,
        env=environment.environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


TESTS = "tests/opsledger/store/wire"
