"""The application: global options, exit codes, messages, and what every command prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from opsctl.cli.app import COMMANDS
from opsctl.cli.assembly import GROUPS
from opsctl.cli.columns import width_of
from opsctl.cli.options import DONE, FAILED, NOT_THERE, USAGE
from opsledger import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def test_data_goes_before_or_after_the_command(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """The option after the command wins; the folder keeps the state and ignores itself in git."""
    folder = tmp_path / "elsewhere" / "deep"
    run("publish", "--data", str(folder), given=event())

    assert len(run("records", "--json", "--data", str(folder)).json) == 1
    assert len(run("records", "--json", data=folder).json) == 1
    assert run("records", "--json").json == []
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


WRONG_USAGE = [
    ("records", "--colour"),
    ("records", "--kind", "no-such-kind"),
    ("catalog", "--product", "oss"),
    ("catalog", "--lang", "tlh"),
    ("sample", "NoSuchType"),
    ("sample", "StateChange", "--status", "Levitating"),
    ("sample", "StateChange", "--form", "pigeon"),
    ("local", "--port", "99999"),
    ("show",),
    ("nonsense",),
    ("invoke",),
    ("export", "-"),
]


@pytest.mark.parametrize("words", WRONG_USAGE, ids=" ".join)
def test_wrong_usage_exits_with_two(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    """Standard error says what is wrong."""
    ran = run(*words)

    assert (ran.code, ran.out) == (USAGE, "")
    assert ran.err.strip()
    assert "Value error" not in ran.err


ENGLISH = re.compile(r"[a-z]+ [a-z]+ [a-z]+")
"""Three words of a sentence."""


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_mistakes_are_named_in_the_language(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    """No sentence of what is said about wrong usage is English, and no line is wider than 80 columns."""
    monkeypatch.setenv("OPSLEDGER_LANG", language)
    monkeypatch.setenv("COLUMNS", "80")
    for words in (
        *WRONG_USAGE,
        ("records", "--limit", "x"),
        ("publish", "no.json"),
        ("find", "i-none"),
        ("records", "x"),
    ):
        ran = run(*words)

        assert ran.code in (USAGE, NOT_THERE), words
        assert not ENGLISH.search(ran.err), words
        assert not ran.err.isascii(), words


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_help_is_in_the_language(run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """Of the application, each command and each group: no English sentence, and no line wider than 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    for words in ((), *((name,) for name in (*COMMANDS, *GROUPS)), ("quarantine", "replay"), ("notify", "mute")):
        out = run(*words, "--help", "--lang", language).out if words else run("--lang", language, "--help").out

        assert not ENGLISH.search(out.partition("\n")[2]), words
        assert [line for line in out.splitlines() if width_of(line) > 80] == [], words


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("invoke", "no_such_function"), NOT_THERE),
        (("publish", "no/such/file.json"), NOT_THERE),
        (("invoke", "ecs_events", "--event", "no/such/file.json"), NOT_THERE),
        (("publish", "--template", "no/such/s.yaml"), FAILED),
    ],
)
def test_a_missing_file_or_function_is_one_line(run: Callable[..., Ran], words: tuple[str, ...], code: int) -> None:
    """No traceback."""
    ran = run(*words, given=b"{}")

    assert ran.code == code
    assert ran.err.startswith("opsledger: ")
    assert "Errno" not in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [("tour",), ("invoke", "ecs_events"), ("publish",), ("local",)], ids=" ".join)
def test_a_command_that_needs_a_template_says_so(
    run: Callable[..., Ran], words: tuple[str, ...], tmp_path: Path
) -> None:
    """In a folder without s.yaml: one line, and exit code 3."""
    ran = run(*words, given=b"{}", folder=tmp_path)

    assert (ran.code, ran.out) == (NOT_THERE, "")
    assert ran.err == ("opsledger: no s.yaml here: name one with --template, or run this in a clone of OpsLedger\n")


def test_doctor_needs_a_file(run: Callable[..., Ran], tmp_path: Path) -> None:
    """In a folder without s.yaml it checks no other file."""
    ran = run("doctor", folder=tmp_path)

    assert (ran.code, ran.out) == (NOT_THERE, "")
    assert ran.err == ("opsledger: no s.yaml here: name one as an argument, or run this in a clone of OpsLedger\n")


NO_TEMPLATE = [
    ("records",),
    ("catalog",),
    ("sample",),
    ("explain", "--no-rules"),
    ("drift",),
    ("rebuild",),
    ("quarantine", "list"),
    ("export", "backup.jsonl"),
]


@pytest.mark.parametrize("words", NO_TEMPLATE, ids=" ".join)
def test_other_commands_need_no_template(
    run: Callable[..., Ran], event: MakeEvent, words: tuple[str, ...], tmp_path: Path
) -> None:
    """In a folder without s.yaml they do their work."""
    ran = run(*words, given=event(), folder=tmp_path)

    assert (ran.code, ran.err) == (DONE, "")


def test_explain_without_a_template_leaves_out_the_rules(
    run: Callable[..., Ran], event: MakeEvent, tmp_path: Path
) -> None:
    """It says so with exit code 3, and shows everything else; with --no-rules that is what was asked."""
    ran = run("explain", given=event(), folder=tmp_path)
    asked = run("explain", "--no-rules", given=event(), folder=tmp_path)
    (delivery,) = run("explain", "--json", given=event(), folder=tmp_path).json["deliveries"]

    assert (ran.code, asked.code) == (NOT_THERE, DONE)
    assert ran.err.startswith("opsledger: no s.yaml here: the rules are left out")
    assert ran.out == asked.out
    assert (delivery["rules"], delivery["outcome"]) == ([], "recorded")


def test_help_and_version(run: Callable[..., Ran]) -> None:
    """Of the application and of every command."""
    assert run("--version").out.strip() == __version__
    assert "Exit codes" in run("--help").out
    for name in (*COMMANDS, "quarantine"):
        assert run(name, "--help").code == DONE


def test_help_loads_no_sdk() -> None:
    """A command imports what it needs when it runs."""
    program = (
        "import sys; sys.argv = ['opsledger', '--help']\n"
        "from opsctl.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own program

    assert {"tablestore", "alibabacloud_eventbridge", "yunmock"} & set(ran.stderr.split()) == set()


def test_hostile_events_are_escaped(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Whatever is published, no line of output has a control character or the effect of markup."""
    hostile = "\x1b[31m[red]x[/red]\r\nforged\x07\u202e"
    events = [
        {**event(), "type": hostile},
        {**event(seed="b"), "aliyunregionid": hostile, "subject": hostile},
        event(seed="c", instanceId=hostile),
        {"name": hostile, "content": {}},
        hostile,
    ]
    shown = [run("publish", given=events), run("records"), run("invoke", "ecs_events", given=events)]

    for one in shown:
        assert all(line.isprintable() for line in (one.out + one.err).split("\n"))


def command(*words: str, given: bytes = b"", folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run `opsledger` in another process."""
    return subprocess.run(  # noqa: S603 - this interpreter, these words
        [sys.executable, "-c", "from opsctl.cli import main; main()", "--data", str(folder), *words],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )


def test_two_processes_share_a_folder(event: MakeEvent, tmp_path: Path) -> None:
    """One publishes, the next lists the record; a pipe gets whole tables, and standard error stays empty."""
    published = command("publish", "-", given=json.dumps(event(REBOOT, "Scheduled")).encode(), folder=tmp_path)
    shown = command("records", folder=tmp_path)
    missing = command("show", "e-none", folder=tmp_path)

    assert (published.returncode, shown.returncode, missing.returncode) == (DONE, DONE, NOT_THERE)
    assert event()["data"]["eventId"][:12].encode() in shown.stdout
    assert (published.stderr, shown.stderr) == (b"", b"")
