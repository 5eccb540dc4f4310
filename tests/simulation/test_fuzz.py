"""No mutated payload raises; each event is recorded or quarantined unchanged; logs and tables are escaped."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation import fuzz
from tests.simulation.detection import activated
from tests.simulation.mutant import Mutant
from tests.simulation.mutants import MUTANTS
from tests.simulation.payload_mutator import HOSTILE, corpus, mutate

from opsctl import sample
from opsctl.cli import terminal
from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from opsledger.ledger.quarantine import Quarantined
    from opsledger.ledger.record import Record

BATCHES = {"array", "array of strings", "array in a string", "object in a string"}
REFUSALS = {"not_json", "unknown_envelope", "unknown_type", "unknown_status", "malformed_content"}


def test_mutated_payloads_do_no_harm() -> None:
    """A thousand mutated payloads give no finding; they cover every envelope and every kind of refusal."""
    totals = fuzz.fuzz(1, 1000)

    assert totals.findings == []
    assert totals.payloads == 1000
    assert totals.forms.keys() >= BATCHES
    assert totals.ended.keys() >= REFUSALS | {"recorded", "duplicate"}


def test_the_corpus_has_every_envelope_of_every_kind() -> None:
    """The corpus leaves out no envelope, no wrapper and no kind."""
    names = {name for name, _ in corpus()}
    forms = {(spec.kind.name, form) for spec in catalog.event_types() for form in sample.all_forms(spec)}
    expected = {f"{kind}, {name}" for kind, form in forms for name in (form, *sample.wrappings(form))}

    assert names == expected | BATCHES
    assert {name.rpartition(", ")[2] for name in expected} >= set(sample.WRAPPINGS)


def test_payloads_of_the_corpus_are_recorded() -> None:
    """No payload of the corpus is refused when it is not mutated."""
    records: list[Record] = []
    refusals: list[Quarantined] = []
    for _, payload in corpus():
        assert list(fuzz._examine(payload, fuzz.FuzzTotals(), records, refusals)) == []

    assert refusals == []


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", ["type", "instanceId", "eventStatus", "notBefore"])
def test_hostile_text_reaches_neither_log_nor_terminal(field: str, text: str) -> None:
    """Hostile text in a field forges no log line and moves no cursor."""
    spec, _ = catalog.find("ecs:Instance:SystemMaintenance.Reboot")
    event = sample.event(spec, "Scheduled", "cloudevent", seed="a", now_ms=1_767_225_600_000)
    (event if field == "type" else event["data"])[field] = text

    assert fuzz.examine(json.dumps(event).encode()) == []


def test_same_seed_gives_the_same_mutations() -> None:
    """Two runs with one seed mutate every payload in the same way, so a finding can be reproduced."""

    def run() -> list[bytes]:
        rng = random.Random(1)  # noqa: S311 - a seeded generator is the point
        return [mutate(rng, payload) for _, payload in corpus()]

    runs = [run(), run()]

    assert runs[0] == runs[1]
    assert sum(mutated != payload for mutated, (_, payload) in zip(runs[0], corpus(), strict=True)) > 50


# --------------------------------------------------------------------------------------------------- mutants
def _show_text(_original: Any) -> Callable[..., str]:
    return lambda *parts, **_: " ".join(str(part) for part in parts)


def _log_text(_original: Any) -> Callable[..., str]:
    return lambda event, **fields: " ".join([event, *map(str, fields.values())]) + "\n"


def _ignore_payload(_original: Any) -> Callable[..., list[Any]]:
    return lambda _payload: []


PIPELINE_MUTANTS = ("quarantine keeps the parsed value instead of the text", "a bad event raises an exception")
FUZZ_MUTANTS = (
    *(mutant for mutant in MUTANTS if mutant.name in PIPELINE_MUTANTS),
    Mutant("tables show text unescaped", "", "opsctl.cli.terminal", "printable", _show_text),
    Mutant("logs show text unescaped", "", "opsledger.handlers.log", "_line", _log_text),
    Mutant("payloads are ignored", "", "opsledger.pipeline", "understand", _ignore_payload),
)


@pytest.mark.parametrize("mutant", FUZZ_MUTANTS, ids=lambda mutant: mutant.name)
def test_fuzzing_detects_mutant(mutant: Mutant) -> None:
    """Six hundred mutated payloads are enough to detect the mutant."""
    corpus()
    with activated(mutant):
        assert fuzz.fuzz(1, 600).findings


def test_was_sent_accepts_only_exact_text() -> None:
    """The whole payload, a part and the text of a string were sent; a re-serialized value was not."""
    payload = b'[{"a" : 1}, "{\\"b\\": 2}"]'

    assert fuzz.was_sent(payload, payload)
    assert fuzz.was_sent(b'{"a" : 1}', payload)
    assert fuzz.was_sent(b'{"b": 2}', payload)
    assert not fuzz.was_sent(b'{"a":1}', payload)
    assert vars(terminal)["printable"]("\x1b") == "\\x1b"


@pytest.mark.parametrize(
    "payload",
    [
        '[{"a": \ud800},{}]'.encode("utf-32", "surrogatepass"),
        b'"[{\\"a\\": \xed\xa0\x80},{\\"b\\": \\"\\ud800\\"}]"',
    ],
    ids=["in a wide encoding", "as bytes and as an escape"],
)
def test_half_a_surrogate_pair_is_no_finding(payload: bytes) -> None:
    """The check reads what the pipeline reads, in each encoding."""
    assert fuzz.examine(payload) == []
