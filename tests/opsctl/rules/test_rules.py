"""The corpus, and what the rules make of it: no operational event is dropped, none matches twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from opsctl.ros import rules
from opsctl.ros.rules import DeployedRule
from opsctl.rules import check, corpus
from opsledger.catalog.transition import UNNOTED
from opsledger.intake.understand import Refused, understand

if TYPE_CHECKING:
    from pathlib import Path

    from opsledger.strict_json import JsonObject

POD: dict[str, Any] = {
    "involvedObject": {"kind": "Pod", "name": "web-0"},
    "reason": "NoStock",
    "source": {"component": "EciService"},
}
CLOUDEVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1",
    "source": "acs.ecs",
    "type": "ecs:Instance:StateChange",
    "data": {},
}
ECS = DeployedRule("ecs", "f", {"source": ["acs.ecs"]})
STATES = DeployedRule("states", "f", {"type": ["ecs:Instance:StateChange"]})
ECI = DeployedRule("eci", "f", {"source": ["acs.cs"], "data": {"source": {"component": ["EciService"]}}})


@pytest.fixture(scope="module")
def forms(root: Path) -> list[corpus.CorpusForm]:
    """The corpus of the project."""
    return corpus.read(root / "events" / "corpus").forms


@pytest.mark.parametrize("file", ["s.yaml", "s.quickstart.yaml"])
def test_no_operational_event_is_dropped(root: Path, forms: list[corpus.CorpusForm], file: str) -> None:
    """Each matches one rule, and what is not operational stays out."""
    verdicts = list(check.judge(forms, rules.in_force(root / file)))

    assert [(one.form.name, one.why) for one in verdicts if one.problem] == []
    assert [one.form.name for one in verdicts if one.matched and not one.matters] == []
    assert check.overlaps(rules.in_force(root / file)) == []


def test_the_corpus_names_its_sources(forms: list[corpus.CorpusForm]) -> None:
    """Most forms have a public address; each says whether it matters and what it shows, under its own name."""
    assert sum(bool(form.public_source) for form in forms) > len(forms) / 2
    assert all(form.public_source.startswith("https://") for form in forms if form.public_source)
    assert all(form.matters is not None and form.why for form in forms)
    assert {form.event["source"] for form in forms} == {"acs.cs", "acs.eci", "acs.ecs", "acs.oss"}
    assert len({(form.where.partition(":")[0], form.name) for form in forms}) == len(forms)


def test_the_function_agrees_with_the_corpus_about_kubernetes_events(forms: list[corpus.CorpusForm]) -> None:
    """It refuses none of ECI's as foreign; of the others it takes none for ECI's."""
    for form in forms:
        if form.event["source"] == "acs.cs":
            (result,) = understand(json.dumps(form.event), UNNOTED)
            reason = result.error.reason if isinstance(result, Refused) else ""
            assert (reason != "foreign_event") if form.matters else (reason != ""), form.name


# ------------------------------------------------------------------------------------------------------ any corpus
ENTRIES: list[tuple[str, Any, list[tuple[str, bool | None]]]] = [
    ("a CloudEvent", CLOUDEVENT, [("acs.ecs", None)]),
    ("a list", [CLOUDEVENT, POD], [("acs.ecs", None), ("acs.cs", None)]),
    ("a Kubernetes list", {"kind": "List", "items": [POD, POD]}, [("acs.cs", None)] * 2),
    ("a form", {"name": "n", "matters": True, "event": POD}, [("acs.cs", True)]),
    ("a watch", {"verb": "ADDED", "event": POD}, [("acs.cs", None)]),
]


@pytest.mark.parametrize(("entry", "found"), [case[1:] for case in ENTRIES], ids=[case[0] for case in ENTRIES])
def test_what_a_corpus_may_be(tmp_path: Path, entry: Any, found: list[tuple[str, bool | None]]) -> None:
    """As .json, as .jsonl and in a folder; a Kubernetes event is wrapped as kube-eventer wraps it."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.json").write_text(json.dumps(entry), encoding="utf-8")
    lines = entry if isinstance(entry, list) else [entry]
    (tmp_path / "two.jsonl").write_text("\n\n".join(map(json.dumps, lines)), encoding="utf-8")

    read = [(form.event["source"], form.matters) for form in corpus.read(tmp_path).forms]

    assert read == [*found, *found]
    assert {form.event["type"] for form in corpus.read(tmp_path).forms} <= {
        CLOUDEVENT["type"],
        "cs:k8s:PodRelatedEvent",
    }


def test_what_no_bus_carries_is_skipped(tmp_path: Path) -> None:
    """A notification of CloudMonitor, an element of the ECI API, and what is no object."""
    entries = [CLOUDEVENT, {"name": "Instance:StateChange", "content": {}}, {"Reason": "NoStock"}, 7]
    (tmp_path / "a.json").write_text(json.dumps(entries), encoding="utf-8")

    read = corpus.read(tmp_path)

    assert len(read.forms) == 1
    assert [where.rpartition(":")[2] for where in read.skipped] == ["2", "3", "4"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.json", "{", "a.json"),
        ("a.jsonl", '{"a": 1', "a.jsonl"),
        ("a.json", "[]", "no event"),
        ("a.txt", "x", "no event"),
        ("a.json", '{"event": {"source": "a", "type": "b"}, "matters": "yes"}', "matters is true or false"),
    ],
)
def test_a_file_that_is_no_corpus_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    """The message has the file and the reason."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(corpus.CorpusError, match=why):
        corpus.read(tmp_path)


def form(event: JsonObject, *, matters: bool | None = None) -> corpus.CorpusForm:
    """A form of an event."""
    return corpus.CorpusForm("n", "w", event, matters)


def test_a_dropped_and_a_doubled_event_are_problems() -> None:
    """Each with its reason: the nearest rule and its failing field, or the rules that match."""
    dropped, doubled, other = check.judge(
        [
            form(corpus.pushed({**POD, "source": {"component": "eci"}}), matters=True),
            form(CLOUDEVENT),
            form(CLOUDEVENT, matters=False),
        ],
        [ECS, STATES, ECI],
    )

    assert (dropped.problem, doubled.problem, other.problem) == ("dropped", "twice", "twice")
    assert dropped.why == 'nearest eci: data.source.component: "eci" is not "EciService"'
    assert doubled.why == "ecs, states"


@pytest.mark.parametrize(
    ("event", "matters"),
    [
        (CLOUDEVENT, True),
        (corpus.pushed(POD), True),
        (corpus.pushed({**POD, "reason": "FailedScheduling", "source": {"component": "default-scheduler"}}), False),
        (corpus.pushed({**POD, "reason": "Pulled"}), False),
        ({**CLOUDEVENT, "source": "acs.oss", "type": "oss:ObjectCreated:PostObject"}, False),
    ],
)
def test_without_a_word_of_the_corpus_the_function_decides(event: dict[str, Any], matters: bool) -> None:  # noqa: FBT001 - a column of the table
    """An event that it refuses as foreign or of an unknown type does not matter; a faulty one of ours does."""
    (verdict,) = check.judge([form(event)], [])

    assert verdict.matters is matters
    assert verdict.problem == ("dropped" if matters else "")
    assert verdict.why == "there are no rules"


def test_overlapping_rules_are_named() -> None:
    """Also if no form of the corpus shows it."""
    assert check.overlaps([ECS, STATES, ECI]) == [("ecs", "states"), ("states", "eci")]
