"""The texts of the command line in other languages, and how `--lang` chooses them."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
import typer.main

from opsctl.cli import display, texts, words
from opsctl.cli.app import COMMANDS, app
from opsctl.cli.commands.doctor import doctor
from opsctl.cli.language import FINDINGS, PARTS, PLACE, part, said

if TYPE_CHECKING:
    from collections.abc import Callable

IN_CODE: dict[str, Callable[[], list[str]]] = {
    "texts": texts.texts,
    "help": lambda: texts.helps(typer.main.get_command(app)),
    "messages": texts.messages,
    "findings": texts.findings,
    "typer": lambda: list(texts.TYPER),
}
"""The English texts of each part of a language."""


def places(text: str) -> list[str]:
    """The names of what is filled in, in alphabetical order."""
    named = [name for _, name, _, _ in string.Formatter().parse(text) if name] if "<" not in text else []
    return sorted([*named, *PLACE.findall(text)])


@pytest.mark.parametrize("language", ["zh", "ja"])
@pytest.mark.parametrize("name", PARTS)
def test_a_language_has_every_text(language: str, name: str) -> None:
    """Each text of the code is translated, nothing else is, and the same values are filled in."""
    translated = part(language, name)

    assert set(translated) == set(IN_CODE[name]())
    assert {text for text in translated if places(text) != places(translated[text])} == set()


MESSAGES = [
    ("no such words", None),
    ("b.jsonl: No such file or directory", ["b.jsonl", "没有那个文件或目录"]),
    (
        "Error: Invalid value for '--limit': Input should be greater than or equal to 7",
        ["错误", "值无效", "大于或等于 7"],
    ),
    ("OTS_ENDPOINT is not set; it is the address", ["OTS_ENDPOINT 没有设置", "the address"]),
    ("no credentials: set KEY_ID and KEY_SECRET, or give the function a role", ["KEY_ID 和 KEY_SECRET"]),
    ("the file is not a backup that can be continued: line 3 has no columns: name another file", ["第 3 行 没有列"]),
]


@pytest.mark.parametrize(("message", "parts"), MESSAGES)
def test_a_message_is_known_by_its_template(message: str, parts: list[str] | None) -> None:
    """What is filled in stays as it is and in its order, but for messages within it; an unknown one stays English."""
    with display.in_language("zh"):
        shown = said(message)

    assert said(message) == message
    assert shown == message if parts is None else all(part in shown for part in parts)


FOUND = [
    ("unknown key `memroySize`; did you mean `memorySize`?", ["未知的键 `memroySize`", "是否想写 `memorySize`"]),
    ("unknown action `preDeploy`; did you mean `pre-…`?", ["未知的动作 `preDeploy`", "是否想写 `pre-…`"]),
    ("runtime cannot be 'python9'; did you mean python3.9?", ["runtime 不能是 'python9'", "是否想写 python3.9"]),
    ("timer trigger: timeout must be a number, not text", ["timer 触发器", "timeout 必须是数字", "不能是文本"]),
    (
        "the deployed rule 'a' says no InvocationType: it invokes 'b' synchronously",
        ["已部署的规则 'a' 没有 InvocationType", "会同步调用 'b'"],
    ),
    (
        "2 of 3 instances (i-1, i-2) have no tag 'owner', so nobody owns what happens to them",
        ["3 个实例中的 2 个", "i-1, i-2", "没有标签 'owner'"],
    ),
    ("Use custom or one of 23 others.", ["请用 custom", "其他 23 个"]),
    ("`region` is missing in props", ["`region`"]),
    ("Add `region:`.", ["`region:`"]),
    ("no trigger of this file and no rule of status hands events to overdue", [" status ", " overdue"]),
    ("2 errors", ["2 个错误"]),
]


@pytest.mark.parametrize(("message", "parts"), FOUND, ids=str)
def test_a_finding_is_known_by_its_template(message: str, parts: list[str]) -> None:
    """Also one that is put together of several texts."""
    with display.in_language("zh"):
        shown = said(message, FINDINGS)

    assert [part for part in parts if part not in shown] == []


def test_doctor_speaks(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The message, the fix and the number of each severity; JSON stays as it is."""
    file = str(root / "tests" / "fc3lint" / "data" / "bad" / "cpu-memory.yaml")
    with display.in_language("ja"), pytest.raises(typer.Exit) as ended:
        doctor(Path(file), imports=False)
    shown = capfd.readouterr().out
    with display.in_language("ja"), pytest.raises(typer.Exit):
        doctor(Path(file), imports=False, as_json=True)

    assert ended.value.exit_code == 1
    assert "memorySize を 1024 から 4096 にするか" in shown
    assert shown.endswith("エラー 1 件\n")
    assert json.loads(capfd.readouterr().out)[0]["fix"].startswith("Set memorySize")


@pytest.mark.parametrize(
    ("typed", "language"),
    [
        ("records", "en"),
        ("--lang zh records", "zh"),
        ("records --lang=ja", "ja"),
        ("--lang zh records --lang ja", "ja"),
        ("records --lang tlh", "en"),
        ("records --lang", "en"),
        ("publish -- --lang ja", "en"),
    ],
)
def test_the_words_say_the_language(monkeypatch: pytest.MonkeyPatch, typed: str, language: str) -> None:
    """Before the command or behind it, the last one counts; words after `--` are no options."""
    monkeypatch.delenv("OPSLEDGER_LANG", raising=False)

    assert words.language(typed.split()) == language


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("records --open", "records"),
        ("--data x --lang zh show --help", "show"),
        ("--data=records show", "show"),
        ("--data records show", "show"),
        ("--help records", None),
        ("recrds", None),
        ("", None),
    ],
)
def test_the_words_say_the_command(monkeypatch: pytest.MonkeyPatch, typed: str, command: str | None) -> None:
    """None where the whole application is needed: for its help, for completion, and for a typing error."""
    assert words.command(typed.split(), COMMANDS) == command
    monkeypatch.setenv("_OPSLEDGER_COMPLETE", "complete_bash")
    assert words.command(typed.split(), COMMANDS) is None
