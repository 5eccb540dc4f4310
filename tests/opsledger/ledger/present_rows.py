"""Write the rows of the present version to `tests/data/rows`, once, when the version grows.

    python -m tests.opsledger.ledger.present_rows

A file that a released version wrote is never written again: `test_schema` reads it for ever.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import FakeClock, PipelineHarness

from opsledger import timestamps
from opsledger.ledger.codec import SCHEMA
from opsledger.store.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "data" / "rows"
MINUTE_MS = 60_000
UNKNOWN = {
    "specversion": "1.0",
    "id": "n-1",
    "source": "acs.ecs",
    "type": "ecs:Instance:NotInTheCatalogue",
    "time": "2026-01-01T00:00:00Z",
    "data": {"instanceId": "i-1"},
}


def deliver(harness: PipelineHarness, sample: Mapping[str, Any]) -> dict[str, int]:
    """Deliver a sample a minute after its own time, when its times are believed."""
    harness.clock.now = _soon_after(sample)
    return harness.counts(sample)


def _soon_after(sample: Mapping[str, Any]) -> int:
    content = sample.get("content", {})
    moments = (sample.get("eventTime") or sample["time"], content.get("intervalEnd"))  # one sample is of two years
    return max(timestamps.parse(moment) for moment in moments if moment) + MINUTE_MS


def rows(samples: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows that the present version makes of `samples`."""
    harness = PipelineHarness(clock=FakeClock())
    for number, sample in enumerate([*samples, UNKNOWN]):
        harness.clock.now = _soon_after(sample)
        harness.process(sample, request_id=f"request-{number}")
    return [
        {
            "table": table.name,
            "key": list(row.key.values),
            "columns": {name: _written(value) for name, value in row.columns.items()},
        }
        for table in TABLES
        for row in harness.store.walk(table, [])
    ]


def _written(value: Any) -> Any:
    return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def main() -> None:
    """Write the file of the present version."""
    files = sorted((ROOT / "events" / "ecs" / "vendor").glob("*.json"))
    made = rows([json.loads(file.read_text(encoding="utf-8")) for file in files])
    text = json.dumps({"written_by": f"schema {SCHEMA}", "rows": made}, ensure_ascii=False, indent=1)
    (FOLDER / f"{SCHEMA}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
