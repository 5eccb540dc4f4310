"""The text that a monitoring system reads: another parser reads both formats back, and hostile labels stay text."""

from __future__ import annotations

import pytest

from opsledger.metrics import families
from opsledger.metrics.exposition import OPENMETRICS, PROMETHEUS, TextFormat, negotiated, write
from opsledger.metrics.redrives import LastRedrive, QueueState
from opsledger.metrics.sources import Heard, LastRound
from opsledger.metrics.totals import Totals

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
"""What Prometheus 2 sends."""
HOSTILE = 'a"b\\c\nd} 1\n# EOF'
TOTALS = Totals(
    1_767_225_600_123,
    {
        "open_records": {("system-event", "Scheduled", "critical", HOSTILE): 3, ("a", "b", "c", ""): 1},
        "unplanned_notices": {(): 0},
        "arrival_seconds": {("system-event", "median"): 1.25},
        "verdicts": {("missed",): 1},
        "of_another_version": {("x",): 1},
    },
    {"open": True, "verdicts": False},
)
HEARD = Heard(
    [LastRound("eci:cn-hangzhou", 1_767_225_600_000, 2, 1, "why"), LastRound("sweep", 1_767_225_660_500)],
    LastRedrive(1_767_225_600_000, {"opsledger-failed": QueueState(3, 1)}),
)
READ = {
    ("opsledger_open_records", ("system-event", "Scheduled", "critical", HOSTILE)): 3.0,
    ("opsledger_open_records", ("a", "b", "c")): 1.0,
    ("opsledger_unplanned_notices", ()): 0.0,
    ("opsledger_arrival_seconds", ("system-event", "median")): 1.25,
    ("opsledger_counted_timestamp_seconds", ()): 1_767_225_600.123,
    ("opsledger_count_complete", ("open",)): 1.0,
    ("opsledger_count_complete", ("verdicts",)): 0.0,
    ("opsledger_last_round_timestamp_seconds", ("eci_poller", "cn-hangzhou")): 1_767_225_600.0,
    ("opsledger_last_round_timestamp_seconds", ("sweeper",)): 1_767_225_660.5,
    ("opsledger_failed_invocations", ("eci_poller", "cn-hangzhou")): 2.0,
    ("opsledger_failed_invocations", ("sweeper",)): 0.0,
    ("opsledger_abandoned_rounds", ("eci_poller", "cn-hangzhou")): 1.0,
    ("opsledger_abandoned_rounds", ("sweeper",)): 0.0,
    ("opsledger_dead_letters", ("opsledger-failed",)): 1.0,
    ("opsledger_redriven_messages", ("opsledger-failed",)): 3.0,
}


@pytest.mark.parametrize(
    ("parser", "form"),
    [("prometheus_client.openmetrics.parser", OPENMETRICS), ("prometheus_client.parser", PROMETHEUS)],
)
def test_another_parser_reads_every_number(parser: str, form: TextFormat) -> None:
    """With its labels, its meaning and, in OpenMetrics, its unit."""
    library = pytest.importorskip(parser, reason="prometheus-client is of requirements/dev.txt: make test installs it")
    found = list(library.text_string_to_metric_families(write(families.series(TOTALS, HEARD), form)))

    read = {(s.name, tuple(s.labels.values())): s.value for metric in found for s in metric.samples}
    assert read == READ
    assert [metric.name for metric in found] == [family.full_name for family in families.FAMILIES]
    assert {metric.type for metric in found} == {"gauge"}
    assert all(metric.documentation for metric in found)
    if form is OPENMETRICS:
        assert {metric.name: metric.unit for metric in found} == {f.full_name: f.unit for f in families.FAMILIES}


def test_the_text_line_by_line() -> None:
    """What a label says never ends a line or a text, and OpenMetrics has units and an end."""
    some = {family: own for family, own in families.series(TOTALS, HEARD).items() if "seconds" in family.name and own}
    some |= {families.COUNTED[0]: {("k", "s", "v", HOSTILE): 2}}
    text = write(some, OPENMETRICS)

    assert 'region="a\\"b\\\\c\\nd} 1\\n# EOF"} 2\n' in text
    assert "# UNIT opsledger_counted_timestamp_seconds seconds\n" in text
    assert "opsledger_counted_timestamp_seconds 1767225600.123\n" in text
    assert text.endswith("\n# EOF\n")
    assert "# UNIT" not in write(some, PROMETHEUS)
    assert "# EOF" not in write(some, PROMETHEUS).splitlines()


def test_of_nothing_each_metric_has_its_meaning_alone() -> None:
    """Before the first sweep a reader learns the names, and no number is invented."""
    lines = write(families.series(None, Heard([])), PROMETHEUS).splitlines()

    assert lines
    assert all(line.startswith("#") for line in lines)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", PROMETHEUS),
        ("*/*", PROMETHEUS),
        ("text/html,application/xhtml+xml,*/*;q=0.8", PROMETHEUS),
        ("application/json", PROMETHEUS),
        ("application/openmetrics-text", OPENMETRICS),
        (PROMETHEUS_2, OPENMETRICS),
        ('application/openmetrics-text; version="1.0.0"; charset=utf-8', OPENMETRICS),
        ("application/openmetrics-text;version=0.0.1", PROMETHEUS),
        ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.5", PROMETHEUS),
        ("application/openmetrics-text;q=0", PROMETHEUS),
        ("application/openmetrics-text;q=much", PROMETHEUS),
        (";;;,,=", PROMETHEUS),
    ],
)
def test_the_format_is_the_one_that_the_reader_prefers(accept: str, form: TextFormat) -> None:
    """As RFC 9110 ranks what it accepts; the older one where it names neither."""
    assert negotiated(accept) is form
