"""The command line `yunmock`: wrong arguments are refused in one line."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from yunmock.__main__ import main


@pytest.mark.parametrize("port", ["-1", "65536", "99999", "http"])
def test_an_impossible_port_is_wrong_usage(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the option, and there is no traceback."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", f"--port={port}"])

    assert ended.value.code == 2
    assert "argument --port" in capsys.readouterr().err


def test_an_account_is_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    """`--account-id` takes what stands in an ARN."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--account-id", "1:2"])

    assert ended.value.code == 2
    assert "argument --account-id: '1:2' is not the number of an account" in capsys.readouterr().err


def test_the_version_is_that_of_the_distribution(capsys: pytest.CaptureFixture[str]) -> None:
    """`yunmock --version` prints it."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.split() == ["yunmock", version("yunmock")]
