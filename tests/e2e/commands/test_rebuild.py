"""`opsledger rebuild`, `export` and `import`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsctl.cli.local import local
from opsctl.cli.options import DONE, FAILED, NOT_THERE, USAGE
from opsledger import catalog
from opsledger.errors import UnavailableError
from opsledger.store import Put
from opsledger.store.remote import RemoteStore
from opsledger.store.tables import RECORDS

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


@pytest.fixture
def many(run: Callable[..., Ran], event: MakeEvent, once: Callable[..., None], tmp_path: Path) -> Callable[..., Ran]:
    """A ledger with more records than a batch, one of them damaged; runs commands on it."""

    def fill() -> None:
        for start in (0, 70):
            run("publish", given=[event(REBOOT, "Scheduled", seed=f"{n}") for n in range(start, start + 70)])
        with local(tmp_path / "data") as here:
            row = next(here.store.walk(RECORDS, []))
            revision = int(row.columns["revision"])
            columns = {**row.columns, "severity": "info", "revision": revision + 1}
            here.store.write([Put(row.key, columns, revision)])

    once(fill)
    return run


def test_parts_read_at_once_find_the_same(many: Callable[..., Ran]) -> None:
    """However many parts, and for programs too."""
    one, four = many("rebuild"), many("rebuild", "--workers", "4")
    shown = many("rebuild", "--workers", "4", "--json").json

    assert (one.code, one.out) == (four.code, four.out) == (FAILED, one.out)
    assert "140 records compared with the ledger, 1 differ" in one.out
    assert (shown["compared"], [list(d["columns"]) for d in shown["differences"]]) == (140, [["severity"]])


@pytest.mark.parametrize("workers", ["1", "4"])
def test_a_run_that_stops_says_how_to_go_on(many: Callable[..., Ran], workers: str) -> None:
    """When Tablestore fails in the middle; the place it prints leads to the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RemoteStore, "walk", failing(RemoteStore.walk, after=60))
        stopped = many("rebuild", "--workers", workers)
    (said,) = (line for line in stopped.err.splitlines() if "--after" in line)
    place = said.rpartition(" ")[2]
    rest = many("rebuild", "--after", place)

    assert stopped.code == FAILED
    assert place.count(".") == int(workers) - 1
    assert 60 <= int(rest.out.split(" records compared")[0].split()[-1]) < 140


def failing(walk: Any, after: int) -> Any:
    """`walk` until it was called so often; then Tablestore does not answer."""
    calls = iter(range(after))

    def walked(*arguments: Any, **options: Any) -> Any:
        if next(calls, None) is None:
            raise UnavailableError("no answer from Tablestore: test")
        return walk(*arguments, **options)

    return walked


def test_a_place_that_no_run_printed_is_wrong_usage(run: Callable[..., Ran]) -> None:
    """It is not taken for the beginning."""
    assert run("rebuild", "--after", "0000.0000").code == USAGE
