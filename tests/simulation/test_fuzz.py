"""Mutated payloads of every envelope: none raises, all are recorded or kept as they came, all is escaped."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulation import broken, fuzz
from tests.simulation.mutate import HOSTILE, corpus, mutate

from opsctl import sample
from opsctl.cli import terminal
from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

WRAPPINGS = {"array", "array of strings", "array in a string", "object in a string"}
REFUSALS = {"not_json", "unknown_envelope", "unknown_type", "unknown_status", "malformed_content"}


def test_mutated_payloads_do_no_harm() -> None:
    """A thousand of them, in every envelope, with every kind of refusal among them."""
    figures = fuzz.fuzz(1, 1000)

    assert figures.findings == []
    assert figures.payloads == 1000
    assert figures.forms.keys() >= WRAPPINGS
    assert figures.ended.keys() >= REFUSALS | {"recorded", "duplicate"}


def test_the_corpus_has_every_envelope_of_every_kind() -> None:
    """Nothing that can arrive is left out."""
    names = {name for name, _ in corpus()}
    expected = {f"{spec.kind.name}, {form}" for spec in catalog.specs() for form in sample.all_forms(spec)}

    assert names == expected | WRAPPINGS


def test_good_payloads_are_recorded() -> None:
    """Unchanged, nothing of the corpus is refused."""
    figures, records, refusals = fuzz.Figures(), [], []  # type: ignore[var-annotated]
    for _, payload in corpus():
        assert list(fuzz._examine(payload, figures, records, refusals)) == []

    assert refusals == []


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
@pytest.mark.parametrize("field", ["type", "instanceId", "eventStatus", "notBefore"])
def test_hostile_text_reaches_neither_log_nor_terminal(field: str, text: str) -> None:
    """Whatever stands in a field, no line is forged and no cursor moved."""
    spec, _ = catalog.find("ecs:Instance:SystemMaintenance.Reboot")
    event = sample.event(spec, "Scheduled", "cloudevent", seed="a", now_ms=1_767_225_600_000)
    (event if field == "type" else event["data"])[field] = text

    assert fuzz.examine(json.dumps(event).encode()) == []


def test_the_same_seed_mutates_the_same_way() -> None:
    """A finding can be found again."""

    def run() -> list[bytes]:
        rng = random.Random(1)  # noqa: S311 - chance that can be repeated is the point
        return [mutate(rng, payload) for _, payload in corpus()]

    runs = [run(), run()]

    assert runs[0] == runs[1]
    assert sum(mutated != payload for mutated, (_, payload) in zip(runs[0], corpus(), strict=True)) > 50


# -------------------------------------------------------------------------------------- that it would notice
def _unescaped(_original: Any) -> Callable[..., str]:
    return lambda *parts, **_: " ".join(str(part) for part in parts)


def _logged_unescaped(_original: Any) -> Callable[..., str]:
    return lambda event, **fields: " ".join([event, *map(str, fields.values())]) + "\n"


def _forgotten(_original: Any) -> Callable[..., list[Any]]:
    return lambda _payload: []


MISTAKES = (
    *(v for v in broken.VARIANTS if v.mistake in ("a value kept, not the text", "a bad event raises")),
    broken.Variant("shown as it came", "", "opsctl.cli.terminal", "safe", _unescaped),
    broken.Variant("logged as it came", "", "opsledger.handlers.log", "_line", _logged_unescaped),
    broken.Variant("nothing understood", "", "opsledger.pipeline", "understand", _forgotten),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda variant: variant.mistake)
def test_a_mistake_with_input_is_found(mistake: broken.Variant) -> None:
    """Two hundred payloads are enough."""
    corpus()
    with broken.broken(mistake):
        assert fuzz.fuzz(1, 200).findings


def test_what_was_not_sent_is_told_from_what_was() -> None:
    """A part, a string's text and the whole were sent; a value written anew was not."""
    payload = b'[{"a" : 1}, "{\\"b\\": 2}"]'

    assert fuzz.was_sent(payload, payload)
    assert fuzz.was_sent(b'{"a" : 1}', payload)
    assert fuzz.was_sent(b'{"b": 2}', payload)
    assert not fuzz.was_sent(b'{"a":1}', payload)
    assert terminal.safe("\x1b") == "\\x1b"
