"""`opsledger catalog` and `opsledger sample`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsctl import sample
from opsctl.cli.options import DONE, USAGE
from opsledger import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import Ran

ECS = tuple(spec for spec in catalog.event_types() if spec.kind.product == "ecs")


def test_json_has_every_type_and_lifecycle(run: Callable[..., Ran]) -> None:
    """Every type, what identifies its subject, and all moves and outcomes."""
    rows = {row["type"]: row for row in run("catalog", "--json").json}

    assert set(rows) == {spec.type for spec in catalog.event_types()}
    for spec in ECS:
        row, moves = rows[spec.type], spec.kind.lifecycle.moves
        assert row["identified_by"] == spec.kind.identified_by
        assert {status: set(after) for status, after in row["lifecycle"]["moves"].items()} == moves
        assert set(row["lifecycle"]["outcomes"]) == set(moves)


def test_tables_of_one_product(run: Callable[..., Ran]) -> None:
    """`--product ecs` leaves out ECI."""
    shown = run("catalog", "--product", "ecs")

    assert shown.code == DONE
    assert all(spec.type in shown.out for spec in ECS)
    assert "eci:" not in shown.out


def test_one_type_is_shown_with_advice(run: Callable[..., Ran]) -> None:
    """In English, unless `--lang` asks for another language."""
    english, japanese = run("catalog", "OOMKilled"), run("catalog", "OOMKilled", "--lang", "ja")
    (as_json,) = run("catalog", "OOMKilled", "--json").json

    assert f"means: {as_json['advice']['means']}" in english.out
    assert "heals itself: " in english.out
    assert english.out != japanese.out


# ---------------------------------------------------------------------------------------------------------- sample
@pytest.mark.parametrize("form", sample.all_forms(ECS[0]))
def test_a_sample_of_every_type_is_accepted(run: Callable[..., Ran], form: str) -> None:
    """Each type in the first form, and a type of each kind in every other one; in its last status.

    The function reads what the command prints. Each type in each form, without the command, is in `test_arrivals`.
    """
    specs = [spec for spec in ECS if form in sample.all_forms(spec)]
    if form != sample.all_forms(ECS[0])[0]:
        specs = list({spec.kind.name: spec for spec in specs}.values())
    made = [run("sample", s.type, "--status", sample.statuses(s)[-1], "--form", form, "--seed", s.type) for s in specs]

    assert {one.code for one in made} == {DONE}
    invoked = run("invoke", "ecs_events", "--json", given=[one.json for one in made]).json
    assert (invoked["result"]["received"], invoked["result"]["quarantined"]) == (len(specs), 0)


def test_a_seed_repeats_the_event_id(run: Callable[..., Ran]) -> None:
    """Without a seed each call gives a new event id; with one, the same id in any status."""
    one, other = run("sample").json, run("sample").json
    first, then = run("sample", "--seed", "x").json, run("sample", "--seed", "x", "--status", "Avoided").json

    assert one["data"]["eventId"] != other["data"]["eventId"]
    assert first["data"]["eventId"] == then["data"]["eventId"]
    assert then["data"]["eventStatus"] == "Avoided"


@pytest.mark.parametrize(
    "words",
    [
        ("Instance:StateChange",),
        ("instance:statechange",),
        ("ecs:Instance:StateChange",),
        ("StateChange",),
        ("StateChange", "--status", "running"),
    ],
)
def test_a_type_has_short_names(run: Callable[..., Ran], words: tuple[str, ...]) -> None:
    """With or without product and family, in any case."""
    assert run("sample", *words).json["type"] == "ecs:Instance:StateChange"


def test_a_type_may_end_in_a_status(run: Callable[..., Ran]) -> None:
    """As in the vendor's event names."""
    assert run("sample", "Instance:SystemMaintenance.Reboot:Avoided").json["data"]["eventStatus"] == "Avoided"


@pytest.mark.parametrize("command", ["catalog", "sample"])
def test_a_misspelt_type(run: Callable[..., Ran], command: str) -> None:
    """The message names the nearest type."""
    ran = run(command, "SystemMaintenance.Rebot")

    assert ran.code == USAGE
    assert "did you mean ecs:Instance:SystemMaintenance.Reboot?" in ran.err
