"""Samples as of yesterday: their dates are moved, and nothing else."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from opsctl.sample.recent import as_of_yesterday
from opsledger.intake.understand import Refused, understand

TODAY = date(2026, 3, 1)
NOW_MS = 1_772_323_200_000  # 2026-03-01
EVENTS = Path(__file__).parents[2] / "events"


def test_the_last_step_of_a_month_was_yesterday() -> None:
    """Steps of one month stay as far apart as they are; what is planned moves along."""
    steps = [
        '{"eventTime": "20190409T121826.922+0800", "notBefore": "2019-04-12T01:01:01Z"}',
        '{"eventTime": "20190410T160101.922+0800", "publishTime": "2019-04-09T04:18:26Z"}',
        '{"startTime": "2018-06-08T01:25:37Z"}',
        '{"no": "dates, 20190409 or 2019-04-09"}',
    ]

    assert as_of_yesterday(steps, TODAY) == [
        '{"eventTime": "20260227T121826.922+0800", "notBefore": "2026-03-02T01:01:01Z"}',
        '{"eventTime": "20260228T160101.922+0800", "publishTime": "2026-02-27T04:18:26Z"}',
        '{"startTime": "2026-02-28T01:25:37Z"}',
        steps[3],
    ]


def test_every_sample_is_understood_as_before() -> None:
    """It is understood as before, with the same record and status, and a moment that is not absurd."""
    files = [*EVENTS.glob("ecs/vendor/*.json"), *EVENTS.glob("eci/*/*.cloudevent.json")]
    texts = [file.read_text(encoding="utf-8") for file in files]
    for before, after in zip(texts, as_of_yesterday(texts, TODAY), strict=True):
        assert json.loads(after).keys() == json.loads(before).keys()
        (old,), (new,) = understand(before, NOW_MS), understand(after, NOW_MS)
        assert not isinstance(old, Refused)
        assert not isinstance(new, Refused)
        assert new.transition.status == old.transition.status
        assert not new.transition.absurd
    assert len(files) > 50
