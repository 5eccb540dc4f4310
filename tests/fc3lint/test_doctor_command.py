"""`opsledger doctor` and `python -m fc3lint`: their output, for people and for programs, and their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import fc3lint
from fc3lint.__main__ import main as fc3lint_main
from opsctl.cli import reference_pages
from opsctl.cli.app import app
from opsledger.variables import VARIABLES

DATA = Path(__file__).parent / "data"
ERROR, WARNING = DATA / "bad" / "misspelt-property.yaml", DATA / "bad" / "concurrency.yaml"

LINE = ERROR.read_text(encoding="utf-8").partition("memroySize")[0].count("\n") + 1


def run(*arguments: str) -> tuple[int, str]:
    """The exit code and the output of `opsledger doctor`."""
    ended = CliRunner().invoke(app, ["doctor", *arguments])
    return ended.exit_code, ended.stdout


def test_an_error_ends_with_one() -> None:
    """File, line, severity, message and code, and the fix in the next line."""
    code, out = run(str(ERROR))

    assert code == 1
    assert out.splitlines() == [
        f"{ERROR}:{LINE}: error: unknown key `memroySize`; did you mean `memorySize`? [misspelt-key]",
        "    Write `memorySize:`.",
        "1 error",
    ]


def test_a_warning_ends_with_zero() -> None:
    """A warning does not stop a pipeline."""
    code, out = run(str(WARNING), "--no-import")

    assert code == 0
    assert out.splitlines()[-1] == "1 warning"


@pytest.mark.usefixtures("own_account")
def test_nothing_found(root: Path) -> None:
    """The output says so."""
    assert run(str(root / "s.yaml"), "--no-import") == (0, "nothing found\n")


def test_the_local_account_is_found_in_a_clone(root: Path) -> None:
    """Where no variable is set, one warning says that the account is the local cloud's; deploying needs another."""
    code, out = run(str(root / "s.yaml"), "--no-import", "--json")

    assert [finding["code"] for finding in json.loads(out)] == ["local-account"]
    assert code == 0


@pytest.mark.parametrize(
    ("file", "delivery", "codes"),
    [
        ("s.yaml", (), []),
        ("s.yaml", ("--delivery", "rules"), []),
        ("s.yaml", ("--delivery", "triggers"), ["delivered-never", "delivered-never"]),
        ("s.quickstart.yaml", (), ["delivered-twice", "delivered-twice", "not-last"]),
        ("s.quickstart.yaml", ("--delivery", "triggers"), ["not-last"]),
    ],
)
@pytest.mark.usefixtures("own_account")
def test_rules_or_triggers(root: Path, file: str, delivery: tuple[str, ...], codes: list[str]) -> None:
    """One of the two delivers; both are an error, and so is neither. The rules of a function are judged together."""
    code, out = run(str(root / file), "--no-import", "--json", *delivery)

    assert sorted(finding["code"] for finding in json.loads(out)) == codes
    assert code == int(any(one.startswith("delivered") for one in codes))


def test_a_folder_with_another_template(tmp_path: Path) -> None:
    """A template of somebody else, which has no parameter Delivery, says nothing about rules."""
    (tmp_path / "infra" / "ros").mkdir(parents=True)
    (tmp_path / "infra" / "ros" / "template.yaml").write_text("ROSTemplateFormatVersion: '2015-09-01'\n")
    (tmp_path / "s.yaml").write_text(WARNING.read_text(encoding="utf-8"), encoding="utf-8")

    assert run(str(tmp_path / "s.yaml"), "--no-import", "--delivery", "rules")[1].count("delivered") == 0


def test_an_unknown_delivery_is_wrong_usage(root: Path) -> None:
    """The message names the two."""
    ended = CliRunner().invoke(app, ["doctor", str(root / "s.yaml"), "--delivery", "both"])

    assert ended.exit_code == 2
    assert "rules or triggers" in ended.output


def test_json() -> None:
    """A list with one object for each finding."""
    code, out = run(str(ERROR), "--json")

    assert code == 1
    assert json.loads(out) == [
        {
            "file": str(ERROR),
            "line": LINE,
            "code": "misspelt-key",
            "message": "unknown key `memroySize`; did you mean `memorySize`?",
            "fix": "Write `memorySize:`.",
            "severity": "error",
        }
    ]


def test_the_file_of_this_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument, the command reads ./s.yaml."""
    (tmp_path / "s.yaml").write_text("a: [", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code, out = run()

    assert code == 1
    assert out.startswith("s.yaml:1: error: this is not valid YAML")


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    """Text from the file cannot control the terminal."""
    file = tmp_path / "s.yaml"
    file.write_text('edition: 3.0.0\nname: a\nresources: {}\n"nmae\\e[2J": 1\n', encoding="utf-8")

    _, out = run(str(file))

    assert "\x1b" not in out
    assert "\\x1b[2J" in out


# ------------------------------------------------------------------------------------------------ python -m fc3lint
@pytest.mark.parametrize("options", [[], ["--json"], ["--no-import"]], ids=str)
@pytest.mark.parametrize("file", [ERROR, WARNING], ids=lambda file: file.stem)
def test_fc3lint_by_itself_does_the_same(file: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Same output and same exit code as the command."""
    code = fc3lint_main([str(file), *options])

    assert (code, capsys.readouterr().out) == run(str(file), *options)


def test_fc3lint_imports_nothing_of_this_project() -> None:
    """It works where only yunmock and pydantic are installed."""
    program = (
        "import sys; sys.modules.update(dict.fromkeys(('opsledger', 'opsctl', 'typer', 'rich', 'tablestore')));"
        "from fc3lint.__main__ import main; sys.exit(main([sys.argv[1]]))"
    )

    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, str(ERROR)], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout.splitlines()[-1], ended.stderr) == (1, "1 error", "")


# ------------------------------------------------------------------------------------------------------- pages
@pytest.mark.parametrize(
    ("page", "rows"),
    [("docs/doctor.md", list(fc3lint.CHECKS)), ("docs/configuration.md", [variable.name for variable in VARIABLES])],
)
def test_the_pages_have_every_row(root: Path, page: str, rows: list[str]) -> None:
    """The generated pages are current and have every row of the tables."""
    text = (root / page).read_text(encoding="utf-8")

    assert text == reference_pages.pages("<!-- Made by `make docs`; do not edit. -->\n\n", root)[page]
    assert [row for row in rows if f"| `{row}` |" not in text] == []
