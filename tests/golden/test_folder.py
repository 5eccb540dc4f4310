"""The folder of version 0.1.0 is opened by the local cloud and by the commands; see README.md."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.golden.stored import (
    ACCOUNT_KEYS,
    LAST_MS,
    StandingClock,
    as_before,
    became,
    columns_of,
    decided_otherwise,
    different,
    golden_rows,
    opened,
    payloads,
    poll,
    quarantine_again,
    record_again,
    rows_of,
    unpacked,
)

from opsctl.cli.at_once import STATE_FILE
from opsledger.eci_poller.api import EciApi
from opsledger.ledger import queries
from opsledger.settings import read as read_settings
from yunmock.clock import Clock

if TYPE_CHECKING:
    from pathlib import Path

    from opsledger.ledger.record import Record


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the golden data folder."""
    (tmp_path / STATE_FILE).write_bytes(unpacked("data/cloud.sqlite.xz"))
    return tmp_path


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local cloud's clock stands where the folder was made, so that no timer strikes."""
    monkeypatch.setattr(Clock, "now_ms", lambda _self: LAST_MS)


@pytest.mark.usefixtures("still")
def test_the_folder_opens(folder: Path) -> None:
    """The local cloud opens the folder, and the tables in it have every row, by key and through their indexes."""
    with opened(folder) as here:
        assert not different(columns_of("ledger"), rows_of(here.store, "ledger"))
        for name, again in (("records", record_again), ("quarantine", quarantine_again)):
            moved = {k: as_before(c) for k, c in rows_of(here.store, name).items()}
            old = {
                key.values: as_before(again(row) if "revision" in row.columns else row.columns)
                for key, row in golden_rows()[name].items()
            }
            assert not different(old, {k: {n: c[n] for n in old[k]} for k, c in moved.items()}), name
        found: list[Record] = list(queries.records(here.store, queries.Filter()))
        records = {key: row.columns for key, row in golden_rows()["records"].items()}
        assert sorted(record.key for record in found) == sorted(str(key.values[0])[5:] for key in records)
        assert len(decided_otherwise()) < 10
        for status in {str(columns["status"]).lower() for columns in records.values()}:
            wanted = {
                str(k.values[0])[5:] for k, columns in records.items() if str(columns["status"]).lower() == status
            }
            listed = {record.key for record in queries.records(here.store, queries.Filter(status=status))}
            assert listed - decided_otherwise() == wanted - decided_otherwise(), status
        late = {str(key.values[0])[5:] for key, columns in records.items() if "overdue_since" in columns}
        assert {record.key for record in queries.overdue(here.store)} == late


@pytest.mark.usefixtures("still")
def test_the_folder_is_gone_on_with(folder: Path) -> None:
    """On the folder itself, what comes again is known, and a round of the poller goes on to its end."""
    with opened(folder) as here:
        for payload in list(payloads().values())[::25]:
            if len(payload) < 1_000_000:
                assert became(payload, here.store) <= {"duplicate", "quarantined"}, payload[:200]
        stored = rows_of(here.store, "ledger")
        assert not different(columns_of("ledger"), {key: stored[key] for key in columns_of("ledger")})
        api = EciApi(read_settings(None, ACCOUNT_KEYS), "cn-shenzhen")
        # Of its 41 groups on three pages, version 0.1.0 read the first page.
        assert poll(api, here.store, StandingClock()) == (2, 21, True)


@pytest.mark.usefixtures("still")
def test_the_command_line_lists_every_record(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`opsledger --data FOLDER records --json` tells every record of the golden folder."""
    from opsctl.cli import main  # noqa: PLC0415 - the command line reads its words as it starts

    with opened(folder):
        pass
    monkeypatch.setattr("sys.argv", ["opsledger", "--data", str(folder), "records", "--json"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    listed = json.loads(capsys.readouterr().out)
    assert sorted(one["record"] for one in listed) == sorted(str(key.values[0])[5:] for key in golden_rows()["records"])
