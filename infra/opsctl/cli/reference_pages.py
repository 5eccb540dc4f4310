"""The pages `docs/configuration.md`, `docs/doctor.md` and `docs/routes.md`, made from variables, checks and forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fc3lint import CHECKS
from opsctl import account
from opsledger.intake.envelope import FORMS
from opsledger.intake.unwrap import MAX_WRAPPERS
from opsledger.variables import VARIABLES, Reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsledger.intake.delivery import Form
    from opsledger.variables import Variable

INTRODUCTIONS = {
    Reader.FUNCTION: "`s.yaml` sets these for every function. `s deploy` reads variables of the same names.",
    Reader.DELIVERY: (
        "`s.yaml` sets the first for `ecs_events`, `eci_events` and `redriver`, and the second for `redriver`. "
        "`s deploy` and `opsledger redrive` read variables of the same names."
    ),
    Reader.EVENTS: "`s.yaml` sets the first for `ecs_events` and `eci_events`.",
    Reader.POLLER: "`s.yaml` sets the first for the functions `eci_poller` and `ecs_reconciler`.",
    Reader.SWEEPER: "`s.yaml` sets the first for the function `sweeper`.",
    Reader.CONSOLE: "`s.yaml` sets it for the function `console`. docs/console.md has more.",
    Reader.NOTIFIER: "`s.yaml` sets these for the function `notifier`. docs/notifications.md has the routes.",
    Reader.PLATFORM: (
        "Function Compute sets these; do not set them for a function. "
        "The command line needs the credentials for `--remote`."
    ),
    Reader.COMMANDS: "`opsledger` reads these and those above. `yunmock serve` prints the values for a local cloud.",
    Reader.DEPLOYMENT: "`s deploy` reads these, and `OTS_ENDPOINT`, `OTS_INSTANCE` and `OPSLEDGER_TABLE_PREFIX`.",
}


def pages(header: str, root: Path) -> dict[str, str]:
    """Return the pages by path, each with `header` on top; the samples are those below `root`."""
    return {
        "docs/configuration.md": header + "\n".join(_configuration()) + "\n",
        "docs/doctor.md": header + "\n".join(_doctor()) + "\n",
        "docs/routes.md": header + "\n".join(_routes(root)) + "\n",
    }


def _configuration() -> Iterator[str]:
    yield "# Configuration\n"
    yield "All settings are environment variables. A function reads its variables before its first event. If one is"
    yield "missing or invalid, the initializer fails with a message that names it. `opsledger doctor` finds the same"
    yield "errors in `s.yaml` before you deploy."
    for reader in Reader:
        yield f"\n## Read by {reader.value}\n"
        yield f"{INTRODUCTIONS[reader]}\n"
        yield "| variable | meaning | form | default |\n|---|---|---|---|"
        for variable in VARIABLES:
            if variable.reader is reader:
                wanted = variable.wanted or "any text"
                yield f"| `{variable.name}` | {variable.meaning} | {wanted} | {_default(variable)} |"


def _default(variable: Variable) -> str:
    if variable.required:
        return "required"
    return variable.shown_default or (f"`{variable.default}`" if variable.default is not None else "none")


def _doctor() -> Iterator[str]:
    yield "# What `opsledger doctor` finds\n"
    yield "The command reads any `s.yaml` of edition 3.0.0 with the component fc3, not only OpsLedger's. For every"
    yield "mistake it prints the file, the line, what is wrong and how to fix it. The component's own JSON schema"
    yield "accepts most of these mistakes: it allows unknown keys, and any `triggerConfig` fits it.\n"
    yield "```bash\nopsledger doctor s.yaml              # any file; without one, ./s.yaml"
    yield "opsledger doctor --no-import --json\n```\n"
    yield "<!-- not run: it needs an account -->\n```bash"
    yield "opsledger doctor --remote            # compared with what is deployed, too\n```\n"
    yield "The linter is the package `fc3lint`, which also runs by itself: `python -m fc3lint path/to/s.yaml` has the"
    yield "same output and exit codes, with `--no-import` and `--json`. Only `opsledger doctor` checks OpsLedger's own"
    yield "variables and events, and has `--remote`.\n"
    yield "The file is only read. To check that handlers can be imported, each function's module is imported in its own"
    yield "process, without your Alibaba Cloud credentials and for at most twenty seconds; `--no-import` skips this."
    yield "`--remote` compares the file with what is deployed. The exit code is 1 if there is an error, otherwise 0.\n"
    yield "| code | severity | problem | consequence |\n|---|---|---|---|"
    for code, check in CHECKS.items():
        yield f"| `{code}` | {check.severity} | {check.problem} | {check.consequence} |"
    yield "\n## The account\n"
    yield "`--remote` also looks at the instances of every region that the account may use, where the variable"
    yield "`ALIBABA_CLOUD_REGION_ID` is set. What it finds is a warning, with the first instances and what to do."
    yield "The key needs `ecs:DescribeRegions`, `ecs:DescribeInstances` and"
    yield "`ecs:DescribeInstanceMaintenanceAttributes`. Which clusters send their events to EventBridge is not"
    yield "checked: no API that says so was found.\n"
    yield "| code | problem | consequence |\n|---|---|---|"
    for code, (problem, consequence) in account.CHECKS.items():
        yield f"| `{code}` | {problem} | {consequence} |"


ARRIVALS = "events/arrivals"
"""The folder with the samples of every form."""


def _routes(root: Path) -> Iterator[str]:
    yield "# Routes\n"
    yield "An event reaches a function by many routes, each with its own envelope. OpsLedger reads these. The first"
    yield "form that fits opens the object. The event becomes the same record and the same transition by every route.\n"
    yield "Any form may come alone, in an array, or as JSON in a string. A message, a request, a list, a record of an"
    yield f"invocation and a CloudEvent may hold any other form, up to {MAX_WRAPPERS} deep. Each event in them is read"
    yield "by itself: a bad one goes into quarantine alone, with its own text.\n"
    yield "The innermost envelope says whose the event is, where and when it happened. Outer ones fill in what it"
    yield "lacks. The time of a message or a request is the time of publication; it never dates the event.\n"
    yield "A test message of CloudMonitor has masked ids. It goes into quarantine with the reason `test_message`."
    yield "`opsledger explain` shows how any payload is opened, and `opsledger publish` unpacks it.\n"
    yield "| form | comes from | recognised by | samples |\n|---|---|---|---|"
    for form in FORMS:
        yield f"| `{form.name}` | {form.route} | {form.recognised} | {_samples(form, root)} |"


def _samples(form: Form, root: Path) -> str:
    """Links to the samples of a form; `tests/opsledger/intake/test_arrivals.py` checks what each becomes."""
    paths = sorted((root / ARRIVALS).glob("*.json"))
    found = [path for path in paths if path.stem.partition(".")[0] == form.name]
    return ", ".join(f"[{path.stem}](../{ARRIVALS}/{path.name})" for path in found)
