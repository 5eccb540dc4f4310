"""`opsledger rules check`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from opsctl.cli.options import DONE, FAILED, NOT_THERE, USAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import Ran

NARROW = """edition: 3.0.0
name: n
resources:
  f:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: f
      runtime: python3.10
      handler: index.handler
      code: ./
      triggers:
        - triggerName: ecs
          triggerType: eventbridge
          triggerConfig:
            triggerEnable: true
            eventRuleFilterPattern: '{"source": ["acs.ecs"], "type": [{"prefix": "ecs:Instance:"}]}'
        - triggerName: states
          triggerType: eventbridge
          triggerConfig:
            triggerEnable: true
            eventRuleFilterPattern: '{"type": ["ecs:Instance:StateChange"]}'
"""


def test_the_projects_rules_pass(run: Callable[..., Ran]) -> None:
    """Exit code 0, every dropped form with the field that failed, and the counts."""
    for template in ((), ("--template", "s.quickstart.yaml"), ("--template", "infra/ros/template.yaml")):
        ran = run("rules", "check", "events/corpus", *template)
        assert ran.code == DONE
        assert "dropped: FailedScheduling of an ordinary pod\n   nearest opsledger-eci-" in ran.out
        assert 'data.source.component: "default-scheduler" is not' in ran.out
        assert ran.out.splitlines()[-1] == "0 match twice"
        assert ", 0 dropped" in ran.out


def test_bad_rules_fail(run: Callable[..., Ran], tmp_path: Path) -> None:
    """Exit code 1; programs get each form with its verdict, and the rules that overlap."""
    (tmp_path / "s.yaml").write_text(NARROW, encoding="utf-8")
    ran = run("rules", "check", "events/corpus", "--template", str(tmp_path / "s.yaml"), "--json")
    shown = run("rules", "check", "events/corpus", "--template", str(tmp_path / "s.yaml"))
    found = {form["name"]: form for form in ran.json["forms"]}

    assert (ran.code, shown.code) == (FAILED, FAILED)
    assert found["spot release by the kubelet of ECI"]["problem"] == "dropped"
    assert found["spot release by the kubelet of ECI"]["reasons"]["f-ecs"][0].startswith("source: ")
    assert found["Instance:StateChange"]["matched"] == ["f-ecs", "f-states"]
    assert ran.json["overlaps"] == [["f-ecs", "f-states"]]
    assert "OPERATIONAL, DROPPED: spot release by the kubelet of ECI" in shown.out
    assert "MATCHES TWICE: Instance:StateChange\n   f-ecs, f-states" in shown.out
    assert "An event may match both f-ecs and f-states." in shown.out


def test_text_of_a_corpus_cannot_move_the_cursor(run: Callable[..., Ran], tmp_path: Path) -> None:
    """Its names are escaped."""
    event = {"source": "acs.oss", "type": "oss:a", "data": {}}
    (tmp_path / "a.json").write_text(json.dumps({"name": "\x1b[2J", "event": event}), encoding="utf-8")

    assert "\x1b" not in run("rules", "check", str(tmp_path)).out


def test_what_cannot_be_read_is_one_line(run: Callable[..., Ran], tmp_path: Path) -> None:
    """A missing file, a folder without events, no argument."""
    missing, empty = run("rules", "check", str(tmp_path / "no.json")), run("rules", "check", str(tmp_path))

    assert (missing.code, empty.code) == (NOT_THERE, FAILED)
    assert missing.err.count("\n") == empty.err.count("\n") == 1
    assert "no event that a bus carries" in empty.err
    assert run("rules", "check").code == USAGE
