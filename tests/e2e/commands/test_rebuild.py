"""`opsledger rebuild`, `export` and `import`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl.cli.options import DONE, FAILED, NOT_THERE, USAGE
from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeEvent
    from tests.e2e.conftest import Ran

# The EventBridge SDK uses what its credentials package deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function get_:DeprecationWarning")

REBOOT = "ecs:Instance:SystemMaintenance.Reboot"


def test_a_backup_is_restored_into_an_empty_cloud(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """Records, ledger and quarantine are the same, and a second import changes nothing."""
    run("publish", given=[event(REBOOT, "Scheduled"), event(REBOOT, "Executed")])
    run("invoke", "ecs_events", given=b"not json")
    backup, other = str(tmp_path / "backup.jsonl"), ("--data", str(tmp_path / "other"))
    exported = run("export", backup)
    imported = [run("import", backup, *other), run("import", backup, *other, "--resume")]

    assert exported.out == "exported 2 rows of ledger, 1 row of quarantine\n"
    assert [ran.code for ran in imported] == [DONE, DONE]
    for listing in (("records",), ("quarantine", "list")):
        assert run(*listing, "--json", *other).json == run(*listing, "--json").json != []
    assert run("rebuild", *other).out == "1 record compared with the ledger, 0 differ\n"


def test_an_export_overwrites_nothing(run: Callable[..., Ran], event: MakeEvent, tmp_path: Path) -> None:
    """A file with content is refused, unless `--resume` continues it."""
    run("publish", given=event(REBOOT, "Scheduled"))
    backup = str(tmp_path / "backup.jsonl")
    run("export", backup)

    assert run("export", backup).code == USAGE
    assert run("export", backup, "--resume").out == "exported nothing more\n"


def test_a_changed_catalogue_is_reported_and_applied(
    run: Callable[..., Ran], event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is 1 while a record differs, and 0 once `--apply` has written it."""
    run("publish", given=event(REBOOT, "Scheduled"))
    spec = catalog.find(REBOOT)[0]._replace(level="warning")
    monkeypatch.setitem(catalog._EVENT_TYPES, REBOOT, spec)
    differing = run("rebuild", "--from-content", "--json")
    shown = run("rebuild", "--from-content", "--apply")

    assert differing.code == FAILED
    assert differing.json["differences"][0]["columns"]["severity"] == {"stored": "critical", "ledger": "warning"}
    assert (shown.code, "severity: stored critical, by the ledger warning" in shown.out) == (DONE, True)
    assert run("rebuild", "--from-content").code == DONE


def test_an_unknown_record_is_not_found(run: Callable[..., Ran]) -> None:
    """Exit code 3; two selections at once are wrong usage."""
    assert run("rebuild", "--record", "nobody").code == NOT_THERE
    assert run("rebuild", "--record", "a", "--kind", "b").code == USAGE
