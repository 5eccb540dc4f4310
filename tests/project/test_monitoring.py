"""The alarms, the dashboard and the runbooks name only what exists: metrics, labels, values and sections."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.project.test_docs_paths import anchors

from opsctl.ros import schema, template
from opsledger import catalog
from opsledger.catalog.transition import SEVERITIES
from opsledger.ledger.refused import REASONS
from opsledger.ledger.verdicts import VerdictKind
from opsledger.metrics import arrival, counting
from opsledger.metrics.cloudmonitor import REPORTED
from opsledger.metrics.families import FAMILIES
from opsledger.metrics.sources import FUNCTIONS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "monitoring"
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((FOLDER / "prometheus-rules.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
EXPRESSIONS = [
    *((rule["alert"], rule["expr"]) for rule in RULES),
    *((panel["title"], one["expr"]) for panel in DASHBOARD["panels"] for one in panel["targets"]),
]
RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALARMS = template.read(FOLDER / "cloudmonitor.yaml", AlarmContactGroup="ops")
CMS_RULES = {
    name: ALARMS.resolve(resource["Properties"])
    for name, resource in ALARMS.resources.items()
    if resource["Type"] == "ALIYUN::CMS::ResourceMetricRule"
}

LABELS = {family.full_name: family.labels for family in FAMILIES} | {"up": ("job",)}
VALUES = {
    "kind": {*catalog.kinds(), *arrival.KINDS},
    "severity": set(SEVERITIES),
    "reason": set(REASONS),
    "state": set(counting.FINAL_STATES),
    "verdict": {kind.value for kind in VerdictKind},
    "statistic": {"median", "longest"},
    "function": set(FUNCTIONS.values()),
    "job": {"opsledger"},
}
"""The values that a label may have; one that is not here may have any."""
SELECTOR = re.compile(r"\b(up|opsledger_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")
USED_LABEL = re.compile(r"\$labels\.(\w+)")


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_an_expression_names_metrics_labels_and_values_that_exist(name: str, expression: str) -> None:
    """Each selector is of a metric of `/metrics`, with labels that it has, and values that these may have."""
    selectors = SELECTOR.findall(expression)
    assert selectors, name
    for metric, matchers in selectors:
        assert metric in LABELS
        for label, _, text in MATCHER.findall(matchers):
            assert label in LABELS[metric], f"{metric} has no label {label}"
            if label in VALUES and "$" not in text:
                missing = [one for one in text.split("|") if not any(re.fullmatch(one, v) for v in VALUES[label])]
                assert missing == [], f"{label} is never that"
    common = set.intersection(*(set(LABELS[metric]) for metric, _ in selectors))
    for labels in GROUPED.findall(expression):
        named = {label.strip() for label in labels.split(",")}
        assert named <= set().union(*(LABELS[metric] for metric, _ in selectors))
        assert named <= common or " or " in expression


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=[name for name, _ in EXPRESSIONS])
def test_an_expression_can_be_parsed(name: str, expression: str) -> None:
    """By a parser of PromQL that is not ours."""
    parser = pytest.importorskip(
        "promql_parser", reason="promql-parser is of requirements/dev.txt: make test installs it"
    )

    assert parser.parse(expression.replace("$region", ".*")), name


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_an_alarm_says_what_and_names_its_runbook(rule: dict[str, Any]) -> None:
    """The summary uses labels that the expression leaves; the runbook is a section that names the alarm."""
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    grouped = GROUPED.findall(rule["expr"])
    left = {label.strip() for labels in grouped for label in labels.split(",")} if grouped else set()
    of_metrics = {label for metric, _ in SELECTOR.findall(rule["expr"]) for label in LABELS[metric]}

    assert page == "docs/runbooks.md"
    assert f"`{rule['alert']}`" in section(anchor)
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(USED_LABEL.findall(rule["annotations"]["summary"])) <= (left or of_metrics)


@pytest.mark.parametrize("name", CMS_RULES)
def test_an_alarm_of_cloudmonitor_is_on_what_is_reported(name: str) -> None:
    """Its properties are those of ROS, metric and dimension those of the sweeper, and the subject names the runbook."""
    rule = CMS_RULES[name]
    (metric,) = [one for one in REPORTED if f"opsledger_{one.name}" == rule["MetricName"]]
    anchor = re.search(r"docs/runbooks\.md#([\w-]+)", rule["EmailSubject"])

    assert schema.faults(rule, schema.RESOURCES["ALIYUN::CMS::ResourceMetricRule"], name) == []
    for resource in rule["Resources"]:
        dimensions = dict(pair.split("=") for pair in resource["dimension"].split("&"))
        assert list(dimensions) == sorted({"ledger", *filter(None, [metric.dimension])})
        assert dimensions.get(metric.dimension, "").replace("_", " ") in (*metric.values, "")
    assert anchor is not None
    assert f"`{rule['RuleName'].removesuffix('-cn-hangzhou')}`" in section(anchor[1])


def section(anchor: str) -> str:
    """The text of a section of the runbooks."""
    for part in re.split(r"^## ", RUNBOOKS, flags=re.MULTILINE)[1:]:
        if anchor in anchors(f"## {part.splitlines()[0]}"):
            return part
    raise AssertionError(f"docs/runbooks.md has no section #{anchor}")


def test_each_runbook_is_of_an_alarm_and_each_alarm_in_the_overview() -> None:
    """No section is left over, and each has its four parts."""
    titles = re.findall(r"^## (.+)$", RUNBOOKS, re.MULTILINE)
    linked = {rule["annotations"]["runbook_url"].partition("#")[2] for rule in RULES}

    assert anchors("".join(f"## {title}\n" for title in titles)) == linked
    for title in titles:
        text = section(title.lower().replace(" ", "-"))
        assert [part for part in ("What it means", "Look", "Do", "Over") if f"**{part}" not in text] == [], title
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in OPERATIONS] == []
    assert [
        rule["RuleName"]
        for rule in CMS_RULES.values()
        if f"`{rule['RuleName'].removesuffix('-cn-hangzhou')}`" not in OPERATIONS
    ] == []
