"""The blocks of the READMEs that show output: a table of open records, and what `make run` prints on a fresh clone."""

from __future__ import annotations

import tempfile
from datetime import timezone
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from opsctl.cli import display

if TYPE_CHECKING:
    from pathlib import Path

    import typer

READMES = ("README.md", "README.zh-CN.md")
NOW_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z: the samples are as of then, so that "in 48 h" is the same whenever the pages are made."""
EVENTS = (
    "ecs/Instance.SystemMaintenance.Reboot/Scheduled",
    "ecs/Instance.SystemFailure.Redeploy/Executing",
    "ecs/Instance.PreemptibleInstanceInterruption/delete",
    "ecs/Instance.InstanceExpiration.Stop/Scheduled",
    "ecs/Disk.Stalled/Executing",
    "eci/SpotToBeReleased/SpotToBeReleased",
)
"""The samples whose records the table shows."""


def readmes(app: typer.Typer, root: Path) -> dict[str, str]:
    """The READMEs with their blocks filled in."""
    texts = {name: (root / name).read_text(encoding="utf-8") for name in READMES if (root / name).is_file()}
    if not texts:
        return {}
    template = str((root / "s.yaml").resolve())
    files = [str(root / "events" / f"{name}.cloudevent.json") for name in EVENTS]
    with display.fixed(display.Display(width=80, now_ms=NOW_MS, zone=timezone.utc)):
        shown = _run(app, ["publish", "--template", template, *files], ["records", "--open", "--sort", "due"])
        tour = _run(app, ["tour", "--template", template])
    blocks = {"records": f"$ opsledger records --open --sort due\n{shown}", "tour": f"$ make run\n{tour}"}
    return {name: _filled(text, blocks) for name, text in texts.items()}


def _run(app: typer.Typer, *commands: list[str]) -> str:
    """What the last of some commands prints, all of them on one new local cloud."""
    with tempfile.TemporaryDirectory() as data:
        for words in commands:
            result = CliRunner().invoke(app, ["--data", data, *words], prog_name="opsledger")
    return result.output.strip()


def _filled(text: str, blocks: dict[str, str]) -> str:
    for name, block in blocks.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        if start in text and end in text:
            head, _, rest = text.partition(start)
            text = f"{head}{start}```text\n{block}\n```\n{end}{rest.partition(end)[2]}"
    return text
