"""How every listing looks at 80 and 120 columns with the longest ids, in every language, and where it ends early."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import NOW_MS, FakeClock

from opsctl.cli import at_once, columns
from opsctl.cli.columns import width_of
from opsctl.cli.commands.records import Severity, Sort
from opsctl.cli.local import local
from opsctl.cli.options import DONE, NOT_THERE, REFUSED, USAGE, OutputForm
from opsledger.deadline import Deadline
from opsledger.ledger.commit import commit
from opsledger.ledger.verdicts import EventVerdict, VerdictChange, VerdictKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

    Filled: TypeAlias = Callable[..., Ran]

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
LONG_EVENT, LONG_INSTANCE = "e-uf64yvznlao4jl2c2abc", "i-bp67acfmxazb4ph2abcd"
"""As long as the vendor's samples."""


@pytest.fixture
def filled(
    run: Callable[..., Ran],
    event: MakeEvent,
    once: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Filled:
    """A ledger with an open record of long ids, two closed ones, a refused payload, and messages to two channels."""
    long = event(REBOOT, "Scheduled", eventId=LONG_EVENT, instanceId=LONG_INSTANCE)
    disk = event("ecs:Instance:SystemMaintenance.RebootAndIsolateErrorDisk", "Executed", seed="b")
    unknown = {**event(seed="c"), "type": "ecs:Instance:Unknown.Of.Some.Length"}
    state = event("ecs:Instance:StateChange", "Running", resourceId=LONG_INSTANCE)
    channels = {name: {"url": "https://127.0.0.1:9/none"} for name in ("ops", "the-other-channel-of-operations")}
    monkeypatch.setenv("OPSLEDGER_NOTIFY", json.dumps({"channels": channels, "allow_private": True}))

    def fill() -> None:
        run("publish", given=[long, disk, state, unknown])
        run("invoke", "opsledger-notifier", given={})
        with local(tmp_path / "data") as here:
            commit(here.store, [Missed(f"ecs:event:{LONG_EVENT}")], Deadline(FakeClock(), 10.0), "test")

    once(fill)
    (tmp_path / "event.json").write_text(json.dumps({**long, "id": "again"}), encoding="utf-8")
    (refused,) = run("quarantine", "list", "--json").json
    places = {"event": str(tmp_path / "event.json"), "digest": refused["digest"]}
    return lambda *words: run(*(word.format(**places) for word in words))


class Missed(VerdictChange):
    """A verdict that an event was missed."""

    def decide(self, stored: EventVerdict | None) -> EventVerdict:
        """The verdict."""
        del stored
        record = f"ecs:event:{LONG_EVENT}"
        return EventVerdict(
            record, "cn-hangzhou", LONG_INSTANCE, VerdictKind.MISSED, NOW_MS, "Scheduled", note="Scheduled"
        )


TABLES = [
    ("records",),
    ("records", "--open"),
    ("records", "--sort", "severity"),
    ("find", LONG_EVENT),
    ("show", LONG_EVENT),
    ("quarantine", "list", "--all"),
    ("quarantine", "show", "{digest}"),
    ("explain", "{event}"),
    ("notify", "list"),
    ("notify", "show", f"ecs:event:{LONG_EVENT}"),
    ("drift", "--days", "9999"),
    ("reconcile",),
    ("catalog",),
    ("catalog", "--product", "eci"),
]
WIDE = {"records._wide_table", "deployed._summary"}
"""What prints a table as wide as it is: what `-o wide` asks for, and a summary, whose names must not be cut."""


@pytest.mark.parametrize("language", ["en", "zh", "ja"])
@pytest.mark.parametrize("width", [80, 120])
def test_every_table_fits(
    filled: Filled, monkeypatch: pytest.MonkeyPatch, width: int, language: str, root: Path
) -> None:
    """No line of a table is wider than the terminal, and no id or time has an ellipsis in it."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("OPSLEDGER_LANG", language)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((width, 24)))
    tables: list[list[str]] = []
    printing: set[str] = set()
    lines_of = columns.lines

    def watched(*arguments: Any) -> Iterator[list[tuple[str, str]]]:
        frame = sys._getframe(2)
        printing.add(f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}")
        tables.append([])
        for line in lines_of(*arguments):
            tables[-1].append("  ".join(shown for _, shown in line))
            yield line

    monkeypatch.setattr(columns, "lines", watched)
    for words in TABLES:
        tables.clear()
        assert filled(*words).code == DONE, words
        table = [line for one in tables for line in one]

        assert len(table) > 2, words
        assert [line for line in table if width_of(line.rstrip()) > width] == [], words
        assert [line for line in table if re.search(r"\b(e|i|d|eci)-\w*…|\d…|…\d", line)] == [], words
    assert printing == places_with_tables(root) - WIDE


def places_with_tables(root: Path) -> set[str]:
    """The functions in the code that print a table."""
    found = set()
    for path in (root / "infra" / "opsctl" / "cli").rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                calls = [ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)]
                found |= {f"{path.stem}.{function.name}"} if "terminal.table" in calls else set()
    return found


def test_other_forms_of_a_listing(filled: Filled) -> None:
    """`wide` has whole keys and times with their offset, `csv` a line for each record, `json` what `--json` has."""
    wide, csv = filled("records", "-o", "wide").out, filled("records", "-o", "csv").out

    assert f"ecs:event:{LONG_EVENT}" in wide
    assert re.search(r"\d\d:\d\d:\d\d[+-]\d\d:\d\d", wide)
    assert len(csv.splitlines()) == 4
    assert csv.startswith("record,status,severity,")
    assert filled("records", "-o", "json").json == filled("records", "--json").json


def test_csv_has_no_formula(run: Callable[..., Ran], event: MakeEvent) -> None:
    """A cell that a spreadsheet would compute has an apostrophe in front."""
    run("publish", given={**event(), "aliyunregionid": "=1+1", "aliyunoriginalaccountid": "@x"})

    shown = run("records", "-o", "csv").out

    assert ",=" not in shown
    assert ",@" not in shown


MISTAKES = [
    (("records", "--status", "Schedulde"), "did you mean Scheduled?"),
    (("records", "--region", "cn-hangzou"), "did you mean cn-hangzhou?"),
    (("records", "--kind", "system-evnt"), "did you mean system-event?"),
    (("records", "--due-within", "soon"), "such as 2d"),
    (("quarantine", "list", "--reason", "unknown-type"), "did you mean unknown_type?"),
]


@pytest.mark.parametrize(("words", "said"), MISTAKES)
def test_a_typing_error_is_not_an_empty_listing(filled: Filled, words: tuple[str, ...], said: str) -> None:
    """Exit code 2 and the nearest name."""
    ran = filled(*words)

    assert (ran.code, ran.out) == (USAGE, "")
    assert said in ran.err


def test_a_record_is_shown_by_its_short_id(filled: Filled) -> None:
    """By what the listing shows of it, or by how its resource begins, with what to do; else the nearest is named."""
    short = next(line.split()[0] for line in filled("records", "--open").out.splitlines() if line.startswith("e-"))
    shown, by_instance = filled("show", short), filled("show", LONG_INSTANCE)
    by_resource, none = filled("show", LONG_INSTANCE[:10]), filled("show", "e-uf64yvznlao4jl2cXXX")

    assert (len(short), shown.code) == (12, DONE)
    assert f"ecs:event:{LONG_EVENT}" in shown.out
    assert "  do: " in shown.out
    assert by_instance.out.count("status: ") == 2
    assert by_resource.out.startswith(f"ecs:state:{LONG_INSTANCE}\n")
    assert (none.code, LONG_EVENT in none.err) == (NOT_THERE, True)


def test_a_beginning_of_several_records_is_refused(run: Callable[..., Ran], event: MakeEvent) -> None:
    """Exit code 3, and the whole ids to choose from."""
    ids = ["e-uf64yvznlao4jl2caaaa", "e-uf64yvznlao4jl2cbbbb"]
    run("publish", given=[event(REBOOT, "Scheduled", seed=i, eventId=i) for i in ids])
    ran = run("show", "e-uf64yvzn")

    assert (ran.code, ran.out) == (NOT_THERE, "")
    assert all(i in ran.err for i in ids)


def test_due_within_takes_days(filled: Filled) -> None:
    """The same length of time in days and in hours."""
    days, hours = (filled("records", "--due-within", span, "--json").json for span in ("4000d", "96000"))

    assert days == hours
    assert len(days) == 1


def test_what_is_refused_has_a_code_of_its_own(run: Callable[..., Ran]) -> None:
    """`explain` of it shows why, and ends with 4."""
    ran = run("explain", given={"surprise": 1})

    assert (ran.code, "quarantined" in ran.out) == (REFUSED, True)


def test_reading_makes_no_local_cloud(run: Callable[..., Ran], tmp_path: Path) -> None:
    """What only reads makes no local cloud."""
    folder = tmp_path / "nothing"
    for words in (("records",), ("records", "--open", "--json"), ("quarantine", "list"), ("drift",)):
        assert run(*words, data=folder).code == DONE

    assert not folder.exists()


def test_init_tables_leaves_a_real_account_alone(run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --remote the variables of a real instance are not used."""
    for name, value in {"OTS_ENDPOINT": "http://127.0.0.1:9", "OTS_INSTANCE": "real"}.items():
        monkeypatch.setenv(name, value)

    assert run("init-tables").code == DONE


MODULES = (
    "import sys\nfrom opsctl.cli import main\n"
    "try: main()\nexcept SystemExit: pass\n"
    "import json; sys.stderr.write(json.dumps(sorted(sys.modules)))"
)


@pytest.mark.parametrize(
    "words",
    ["", "--open", "--status Scheduled --kind system-event", "--sort due --severity critical", "--data {} --json"],
)
def test_records_of_an_empty_folder_load_little(tmp_path: Path, words: str) -> None:
    """With options as without: neither typer, an SDK, the local cloud nor the catalogue, and few modules at all."""
    folder = str(tmp_path / "none")
    loaded, out = modules("--data", folder, "records", *words.format(folder).split())

    assert out == ("[]\n" if "--json" in words else "0 records\n")
    assert [name for name in loaded if name.startswith(("typer", "pydantic", "rich", "yunmock", "opsledger."))] == []
    assert len([name for name in loaded if name.startswith("opsctl")]) <= 4


def test_a_filter_of_an_empty_folder_loads_what_it_needs(tmp_path: Path) -> None:
    """The catalogue for a status in small letters, and no SDK, no local cloud and no module of another command."""
    loaded, out = modules("--data", str(tmp_path / "none"), "records", "--status", "scheduled")
    commands = {name for name in loaded if name.startswith("opsctl.cli.commands.")}

    assert out == "0 records\n"
    assert loaded & {"yunmock", "tablestore", "requests", "rich.progress", "fc3lint"} == set()
    assert commands == {"opsctl.cli.commands.records"}


def modules(*words: str) -> tuple[set[str], str]:
    """The modules that a command loads, and what it prints."""
    ran = subprocess.run([sys.executable, "-c", MODULES, *words], capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    return set(json.loads(ran.stderr)), ran.stdout


def test_what_is_answered_at_once_is_what_the_command_takes() -> None:
    """The choices are those of its options; the form csv, which has columns, is left to typer."""
    forms = {form.value for form in OutputForm} - {OutputForm.CSV.value}

    assert set(at_once.CHOICES["--output"]) == set(at_once.CHOICES["-o"]) == forms
    assert set(at_once.CHOICES["--severity"]) == {one.value for one in Severity}
    assert set(at_once.CHOICES["--sort"]) == {one.value for one in Sort}
    for words in (["--status", "Executed"], ["--kind", "system-event"], ["--kind", "SystemMaintenance.Reboot"]):
        assert at_once.answer(["--data", "/nowhere", "records", *words]) == "0 records\n"


MISTYPED = [
    ("--resource",),
    ("--open", "-o"),
    ("--sort", "colour"),
    ("--status", "Schedulled"),
    ("--kind", '"'),
    ("--limit", "0"),
    ("extra",),
    ("--resource", "--open"),
]


@pytest.mark.parametrize("words", MISTYPED, ids=" ".join)
def test_a_mistake_is_not_answered_at_once(run: Callable[..., Ran], words: tuple[str, ...], tmp_path: Path) -> None:
    """Typer says what is wrong; a value that looks like an option is typer's too."""
    assert run("records", *words, data=tmp_path / "none").code == (DONE if words[1:] == ("--open",) else USAGE)


PROGRAM = [sys.executable, "-c", "from opsctl.cli import main; main()"]


@pytest.mark.parametrize(
    "words", [("catalog",), ("catalog", "--json"), ("--help",), ("catalog", "-o", "csv")], ids=" ".join
)
def test_a_reader_that_ends_first_is_no_failure(words: tuple[str, ...]) -> None:
    """As with `| head`: exit code 0, and nothing on standard error."""
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run([*PROGRAM, *words], stdout=writing, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own program
    os.close(writing)

    assert (ran.returncode, ran.stderr) == (DONE, b"")


def test_a_closed_stream_is_no_bug(tmp_path: Path) -> None:
    """As with `>&-`: what is printed there is lost, and the exit code is the command's."""
    words = [*PROGRAM, "--data", str(tmp_path), "records", "--status", "x"]
    closing = f"import os; os.close(1); os.execv({sys.executable!r}, {words!r})"
    ran = subprocess.run([sys.executable, "-c", closing], capture_output=True, text=True, check=False)  # noqa: S603 - our own program

    assert (ran.returncode, "Traceback" in ran.stderr) == (USAGE, False), ran.stderr


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="this system has no process groups")
def test_ctrl_c_leaves_no_worker(tmp_path: Path, root: Path) -> None:
    """An interrupted command ends with 130, and no process of its group is left."""
    program = [*PROGRAM, "--data", str(tmp_path / "data"), "local", "--port", "0", "--json"]
    waiting = [*PROGRAM, "--data", str(tmp_path / "other"), "publish", "-"]
    served = subprocess.Popen(program, cwd=root, stdout=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own program
    asked = subprocess.Popen(  # noqa: S603 - our own program
        waiting, cwd=root, stdin=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    assert served.stdout is not None
    served.stdout.readline()  # it serves
    os.killpg(served.pid, signal.SIGINT)
    served.communicate(timeout=60)
    asked.communicate(b"{}", timeout=60)

    assert served.returncode == DONE  # a server is stopped so
    for group in (served.pid, asked.pid):
        with pytest.raises(ProcessLookupError):
            os.killpg(group, 0)
