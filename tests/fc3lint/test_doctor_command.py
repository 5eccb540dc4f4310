"""`opsledger doctor`: what it prints, for people and for programs, and the code it ends with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import fc3lint as doctor
from opsctl.cli import app, manuals
from opsledger.settings import VARIABLES

DATA = Path(__file__).parent / "data"
ERROR, WARNING = DATA / "bad" / "misspelt-property.yaml", DATA / "bad" / "concurrency.yaml"

LINE = ERROR.read_text(encoding="utf-8").partition("memroySize")[0].count("\n") + 1


def run(*words: str) -> tuple[int, str]:
    """The exit code and the output of `opsledger doctor`."""
    ended = CliRunner().invoke(app, ["doctor", *words])
    return ended.exit_code, ended.stdout


def test_an_error_ends_with_one() -> None:
    """File, line, severity, what, code, and the mend below."""
    code, out = run(str(ERROR))

    assert code == 1
    assert out.splitlines() == [
        f"{ERROR}:{LINE}: error: `memroySize` is no key; `memorySize` is [misspelt-key]",
        "    Write `memorySize:`.",
        "1 error",
    ]


def test_a_warning_ends_with_zero() -> None:
    """What works all the same does not stop a pipeline."""
    code, out = run(str(WARNING), "--no-import")

    assert code == 0
    assert out.splitlines()[-1] == "1 warning"


def test_nothing_found(root: Path) -> None:
    """Said in as many words."""
    assert run(str(root / "s.yaml"), "--no-import") == (0, "nothing found\n")


def test_for_programs() -> None:
    """A list with an object for each finding."""
    code, out = run(str(ERROR), "--json")

    assert code == 1
    assert json.loads(out) == [
        {
            "file": str(ERROR),
            "line": LINE,
            "severity": "error",
            "code": "misspelt-key",
            "what": "`memroySize` is no key; `memorySize` is",
            "mend": "Write `memorySize:`.",
        }
    ]


def test_the_file_of_this_folder_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument, s.yaml here."""
    (tmp_path / "s.yaml").write_text("a: [", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    code, out = run()

    assert code == 1
    assert out.startswith("s.yaml:1: error: no YAML")


def test_a_text_of_the_file_moves_no_cursor(tmp_path: Path) -> None:
    """Control characters in other people's keys are shown as escapes."""
    file = tmp_path / "s.yaml"
    file.write_text('edition: 3.0.0\nname: a\nresources: {}\n"nmae\\e[2J": 1\n', encoding="utf-8")

    _, out = run(str(file))

    assert "\x1b" not in out
    assert "\\x1b[2J" in out


# ------------------------------------------------------------------------------------------------------- pages
@pytest.mark.parametrize(
    ("page", "rows"),
    [("docs/doctor.md", list(doctor.CHECKS)), ("docs/configuration.md", [variable.name for variable in VARIABLES])],
)
def test_the_pages_have_every_row(root: Path, page: str, rows: list[str]) -> None:
    """What the tables of the code have, the pages have, as they were made last."""
    text = (root / page).read_text(encoding="utf-8")

    assert text == manuals.pages("<!-- Made by `make docs`; do not edit. -->\n\n")[page]
    assert [row for row in rows if f"| `{row}` |" not in text] == []
