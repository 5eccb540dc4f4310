"""What a cold start and an event cost: counted, never timed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf import text_format

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, TablestoreHarness

ROOT = Path(__file__).parents[2]
UNUSED = {
    *("tablestore", "google.protobuf", "urllib3", "certifi", "aiohttp", "asyncio", "numpy"),
    *("typer", "rich", "yaml", "jsonschema", "requests", "yunmock"),
}
"""Modules that a function must not import, whatever imports them."""
FOR_PEOPLE = {"opsctl", "fc3lint", "opsledger.catalog.advice", "opsledger.eci_poller", "opsledger.ledger.queries"}
"""Modules of this project that a function for events never uses."""
MOST_MODULES = 225
"""Now about 190, 49 of them ours."""

# What Python's own start and the test environment's path hooks import is not the function's doing.
PROGRAM = """
import json, sys
before = set(sys.modules)
import index
index.handler
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module", params=["ecs_events", "eci_events"])
def imported(request: pytest.FixtureRequest) -> set[str]:
    """The modules that a new process imports for one of the functions."""
    folder = ROOT / "functions" / request.param
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - our own text
    return set(json.loads(done.stdout))


def test_a_cold_start_imports_nothing_that_a_function_never_uses(imported: set[str]) -> None:
    """Neither the SDK's heavy requirements nor the parts of the library that only operators use."""
    assert not imported & (UNUSED | FOR_PEOPLE)


def test_a_cold_start_imports_at_most_so_many_modules(imported: set[str]) -> None:
    """Raise the number only for a module that every event needs."""
    assert len(imported) <= MOST_MODULES


def test_no_content_model_is_built_before_its_first_event() -> None:
    """An invocation needs one or two of them."""
    program = """
from opsledger import catalog
models = {spec.content for spec in catalog.event_types()}
print([m.__name__ for m in models if m.__pydantic_complete__])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603 - our own text

    assert done.stdout.strip() == "[]"


SETTINGS = {
    "OTS_ENDPOINT": "http://127.0.0.1:1",
    "OTS_INSTANCE": "local",
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "id",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret",
}
FIRST_EVENT = """
import json, sys
started_with = set(sys.modules)
import index
from opsledger.handlers import invocation
from opsledger.intake.understand import understand
invocation.migration.check = lambda *_, **__: None
index.initializer(None)
from opsledger import catalog
before = set(sys.modules)
(notification,) = understand(sys.stdin.buffer.read(), 1767225600000)
models = {type_.content for type_ in catalog._EVENT_TYPES.values()}
print(json.dumps([
    notification.record.product,
    sorted(set(sys.modules) - before),
    [m.__name__ for m in models if not m.__pydantic_complete__],
    sorted({"importlib.metadata", "encodings.idna"} & set(sys.modules) - started_with),
]))
"""


@pytest.mark.parametrize(
    ("function", "type_"), [("ecs_events", "ecs:Instance:StateChange"), ("eci_events", "eci:Event:OOMKilled")]
)
def test_the_first_event_finds_everything_ready(function: str, type_: str, event: MakeEvent) -> None:
    """The initializer has loaded the function's catalogue and built every validator, and searched for no plugins."""
    done = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-c", FIRST_EVENT],
        cwd=ROOT / "functions" / function,
        input=json.dumps(event(type_)).encode(),
        env={**os.environ, **SETTINGS},
        check=True,
        capture_output=True,
    )

    assert json.loads(done.stdout) == [function[:3], [], [], []]


@pytest.mark.parametrize(("type_", "other"), [("ecs:Instance:StateChange", "eci"), ("eci:Event:OOMKilled", "ecs")])
def test_an_event_loads_only_its_product(type_: str, other: str) -> None:
    """A function gets events of one product, and does not need the models and messages of the other."""
    program = f"""
import sys
from opsledger import catalog
catalog.find({type_!r})
print([name for name in sys.modules if {other!r} in name.split(".")])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)  # noqa: S603 - our own text

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("tablestore_client", ["sdk"])
def test_requests_are_not_formatted_for_a_dropped_log_line(
    tablestore_harness: TablestoreHarness, event: MakeEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK formats whole requests for its debug log, unless its logger has a level."""

    def written_out(*_: Any, **__: Any) -> str:
        raise AssertionError("a request was written out")

    monkeypatch.setattr(text_format, "MessageToString", written_out)
    tablestore_harness.process(event())

    assert tablestore_harness.calls() == ["BatchGetRow", "BatchWriteRow"]


def test_a_batch_of_a_hundred_takes_two_store_calls(tablestore_harness: TablestoreHarness, event: MakeEvent) -> None:
    """One to read and one to write, for new and for known events."""
    batch = [event(seed=str(n)) for n in range(100)]

    for _ in range(2):
        tablestore_harness.clear_calls()
        tablestore_harness.process(batch)
        assert tablestore_harness.calls() == ["BatchGetRow", "BatchWriteRow"]


@pytest.mark.parametrize("status", ["Scheduled", "Executing", "Executed", "Avoided"])
def test_a_single_event_takes_at_most_three_store_calls(
    tablestore_harness: TablestoreHarness, event: MakeEvent, status: str
) -> None:
    """Whatever is stored of its record."""
    tablestore_harness.process(event())
    tablestore_harness.clear_calls()
    tablestore_harness.process(event("ecs:Instance:SystemMaintenance.Reboot", status))

    assert len(tablestore_harness.calls()) <= 3
