"""The ECI rows: every name of the vendor's page, and every message it comes with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsctl import sample
from opsledger import catalog
from opsledger.catalog.eci.event_types import EVENT_PREFIX
from opsledger.catalog.eci.reasons import MODULES, REASONS, REASONS_BY_NAME, SAMPLE_VALUES
from opsledger.catalog.templates import Template, fill, match_message

if TYPE_CHECKING:
    from opsledger.catalog.eci.reasons import EciReason

# What the page listed in 2026 ("ECI events", help.aliyun.com/zh/eci); a star marks type Normal. The catalogue may have
# more, but must not lose any of these: a new reason needs no edit here.
NAMES = {
    "instance": """StockExhaust NoStock InsufficientBalance StockClose FailedScheduling UnknownError
        DiskCapacityQuotaFull AttachDiskFailed CpuOptionsNotSupported CpuOptionsNotValid SYSTEM_FAILURE
        SystemFailureReboot StartingFailed SystemReboot Throttling SpotDegraded SpotToBeReleased CreateBackoff
        QuotaExceeded ParamLengthExceed IgnoreInstanceTypeFeatures EphemeralStorageSizeExceededJobLimit
        MultiZoneRecommendations* AutoInstanceTypeMatch* MemoryReservationAdded* UserInstanceTypeSpec*
        DefaultInstanceTypeMatch* StopCharge*""",
    "image-cache": """ImageCacheNotFound ImageCacheMissed ImageCacheAutoCreated* ImageCacheAutoEliminated
        ImageCacheCapacityUtilization* ImageCacheAutoCreateFailed ImageCacheFlashCreatedFailed
        ImageCacheCopyFailed ImageCacheFlashFinished* ImageCacheFlashUsedFailed ImageCacheFlashReplacedFailed
        ImageCacheFlashReplacedSuccess ImageCacheCreate* ImageCacheCopyFinished* ImageCacheFinished*
        ImageCacheUpdateFinished* ImageCacheUpdateFailed ImageCacheUnknownError SuccessfulHitImageCache*
        ImageCacheNotComplete* ImageCacheArchNotMatch ImageCacheEliminated ImageCacheNotFullMatch
        ImageCacheNotSuited ImageCacheConflict ImageCacheQuotaFull""",
    "data-cache": """DataCacheProxyCreateFailed DataCacheSourceIllegal DataCacheJobCreateFailed
        DataCacheJobStartFailed DataCacheLoadFailed""",
    "virtual-node": "CreateEciForVnode* CreateVnodeSuccess* CreateVnodeFailed VnodePullImageFailed",
    "ram-role": "Unauthorized",
    "vswitch": "ResourceInsufficient",
    "security-group": "QuotaFull",
    "eni": "CreateENIFailed AttachENIFailed AttachENIConflict MissDefaultVpc",
    "eip": "CreateEipFailed EipBandwidthPackageQuotaExceeded EipNotFound EipBoundOtherInstance",
    "sls": "AliyunSlsQuotaExceed AliyunSlsError AliyunSlsProjectInvalid AliyunSlsConfigFormatError",
    "maintenance": """SandboxNotReady SandboxNotReadyUnExpected SandboxRebootCanceled SandboxRebootSucceeded
        ScheduledMaintenance OOMKilled PodOOMKilled DiskFull NfsError RuntimeCrashed RuntimeIssueDetected
        GPULostCard""",
}

TEMPLATES = [(row, template) for row in REASONS for template in row.templates]
TEMPLATE_NAMES = [f"{template.id}-{template.source}" for _, template in TEMPLATES]

every_row = pytest.mark.parametrize("row", REASONS, ids=[row.reason for row in REASONS])
every_template = pytest.mark.parametrize(("row", "template"), TEMPLATES, ids=TEMPLATE_NAMES)

# What a value may be so that its end is where the wording goes on: no separator that a wording uses between
# two holes, no white space or full stop at its edges.
VALUES = st.from_regex(r"[A-Za-z0-9_%{}\\*+-]([A-Za-z0-9_%{}.:\\*+ -]{0,40}[A-Za-z0-9_%{}\\*+-])?", fullmatch=True)


@pytest.mark.parametrize("module", NAMES)
def test_every_name_of_the_page_is_in_its_module(module: str) -> None:
    """No name of the page is missing, and they are in the order of the page."""
    names = NAMES[module].replace("*", "").split()

    assert [row.reason for row in REASONS if row.module == module and row.reason in names] == names


def test_every_module_of_the_page_is_checked() -> None:
    """The table above has all modules, and a row has one of them."""
    assert list(NAMES) == list(MODULES)
    assert {row.module for row in REASONS} <= set(MODULES)


def test_a_name_is_one_row() -> None:
    """No name occurs twice, and each is found by its name."""
    assert list(REASONS_BY_NAME.values()) == list(REASONS)


def test_the_types_are_those_of_the_page() -> None:
    """A row is Warning or Normal as the page says; system O&M rows have no type but for OOMKilled."""
    untyped = set(NAMES["maintenance"].split()) - {"OOMKilled"}
    expected = {
        name.rstrip("*"): None if name in untyped else "Normal" if name.endswith("*") else "Warning"
        for names in NAMES.values()
        for name in names.split()
    }

    assert {reason: REASONS_BY_NAME[reason].type for reason in expected} == expected
    assert {row.type for row in REASONS} <= {"Normal", "Warning", None}


@pytest.mark.parametrize(
    ("reason", "ids"),
    [
        ("FailedScheduling", ["FailedScheduling/unknown", "FailedScheduling/failed"]),
        ("UnknownError", ["UnknownError/heavy-load", "UnknownError/unknown"]),
        ("DiskCapacityQuotaFull", ["DiskCapacityQuotaFull/account", "DiskCapacityQuotaFull/scope"]),
        ("Throttling", ["Throttling/plain", "Throttling/flow-control-type"]),
        ("OOMKilled", ["OOMKilled/plain", "OOMKilled/cgroup"]),
    ],
)
def test_a_name_with_several_messages_has_an_id_for_each(reason: str, ids: list[str]) -> None:
    """Messages with different meanings have different ids."""
    assert list(dict.fromkeys(template.id for template in REASONS_BY_NAME[reason].templates)) == ids


@every_row
def test_an_id_begins_with_its_name(row: EciReason) -> None:
    """An id of a message is its event's name, with a variant where there are several; so ids are unique."""
    assert {template.id.partition("/")[0] for template in row.templates} == {row.reason}


@every_row
def test_the_first_wording_is_the_services(row: EciReason) -> None:
    """Each message is worded as the service sends it first; its rewordings name the same values."""
    firsts: dict[str, Template] = {}
    for template in row.templates:
        first = firsts.setdefault(template.id, template)

        assert first.source == "zh"
        assert set(template.params) == set(first.params)
        assert (template is first) == (template.source == "zh")


@every_template
def test_an_example_is_in_its_wording(row: EciReason, template: Template) -> None:
    """The vendor's example of a message, or the sample made of it, matches the wording it belongs to."""
    event_type, _ = catalog.find(f"{EVENT_PREFIX}{row.reason}")
    match = match_message(row.templates, sample.message(event_type, template))

    assert match is not None
    assert match.template is template
    assert set(match.params) == set(template.params)


@pytest.mark.parametrize(
    ("reason", "message", "template_id", "params"),
    [
        ("OOMKilled", "Out of memory", "OOMKilled/plain", {}),
        (
            "OOMKilled",
            "Memory cgroup out of memory: Kill process 15848 (xsim_traffic_fl) score 337 or sacrifice child",
            "OOMKilled/cgroup",
            {"pid": "15848", "process": "xsim_traffic_fl", "score": "337"},
        ),
        (
            "NfsError",
            (
                "NFS: 状態マネージャ: エラー 121 で NFSv4 サーバー 172.16.0.1 への"
                "セッションのバインド接続に失敗しました。"
            ),
            "NfsError",
            {"nfs_server": "172.16.0.1", "error_code": "121"},
        ),
        (
            "ScheduledMaintenance",
            '{"originReason":"Redeploy","originMessage":"Redeploy","planExecTime":"2019-03-12T09:00:00.000+08:00"}',
            "ScheduledMaintenance",
            {
                "origin_reason": "Redeploy",
                "origin_message": "Redeploy",
                "plan_exec_time": "2019-03-12T09:00:00.000+08:00",
            },
        ),
        (
            "SandboxNotReadyUnExpected",
            "An unexpected error occurred on the underlying infrastructure",
            "SandboxNotReadyUnExpected",
            {},
        ),
        (
            "SandboxRebootSucceeded",
            "Current instance has been rebooted successfully",
            "SandboxRebootSucceeded",
            {},
        ),
        ("SpotToBeReleased", "Spot ECI will be released in 3 minutes", "SpotToBeReleased", {"minutes": "3"}),
        (
            "ImageCacheCapacityUtilization",
            "Total capacity utilization of current CacheDisk is 12GB / 40GB",
            "ImageCacheCapacityUtilization",
            {"used_gb": "12", "total_gb": "40"},
        ),
        (
            "Throttling",
            (
                "The request was denied due to system flow control, please wait and try again later, "
                "flowControlType:user"
            ),
            "Throttling/flow-control-type",
            {"flow_control_type": "user"},
        ),
        (
            "DiskCapacityQuotaFull",
            "Your disk capacity quota is exceeded",
            "DiskCapacityQuotaFull/account",
            {},
        ),
        (
            "AliyunSlsConfigFormatError",
            "sls config logstore value Bad is invalid",
            "AliyunSlsConfigFormatError",
            {"config_name": "logstore", "config_value": "Bad"},
        ),
    ],
)
def test_a_message_yields_its_values(reason: str, message: str, template_id: str, params: dict[str, str]) -> None:
    """Messages of the page are recognised and their values named."""
    match = match_message(REASONS_BY_NAME[reason].templates, message)

    assert match is not None
    assert match.template.id == template_id
    assert match.params == params


def test_a_message_of_no_wording_is_no_match() -> None:
    """A message the page does not list matches none of its event's wordings."""
    assert match_message(REASONS_BY_NAME["SpotToBeReleased"].templates, "Spot ECI is gone") is None


MOST_PARAMS = max(len(template.params) for _, template in TEMPLATES)


@settings(max_examples=25)
@given(values=st.lists(VALUES, min_size=MOST_PARAMS, max_size=MOST_PARAMS))
def test_what_is_filled_in_is_read_back(values: list[str]) -> None:
    """A message made of any values is recognised among all of its event's and yields those values."""
    for row, template in TEMPLATES:
        params = dict(zip(template.params, values, strict=False))

        match = match_message(row.templates, fill(template, params))

        assert match is not None, template
        assert (match.template.id, match.params) == (template.id, params)


def test_there_is_a_sample_of_every_value_and_no_more() -> None:
    """Every value that a message names has a sample, and no other has."""
    named = {name for _, template in TEMPLATES for name in template.params}

    assert set(SAMPLE_VALUES) == named
    assert list(SAMPLE_VALUES) == sorted(SAMPLE_VALUES)
