"""What really arrives: the files of `events/arrivals/types/`, made after public files of people who run the service."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from opsledger.catalog import Outcome
from opsledger.intake.understand import understand
from opsledger.ledger import state
from opsledger.ledger.notification import Notification

if TYPE_CHECKING:
    from pathlib import Path

INSTANCE, DISK, SNAPSHOT = "i-uf6arrivals00000001", "d-uf6arrivals00000001", "s-uf6arrivals00000001"
IMAGE, ENI = "m-uf6arrivals00000001", "eni-uf6arrivals000001"
POD = "0c0f3a52-6f0e-4b52-9f0a-00000000000"


class Want(NamedTuple):
    """What must be understood of one file; `anomalies` are the names."""

    key: str
    resource: str
    status: str
    severity: str = "info"
    outcome: Outcome = Outcome.NOTED
    anomalies: tuple[str, ...] = ()
    detail: tuple[tuple[str, str], ...] = ()


def planned(number: int, status: str, severity: str, outcome: Outcome, anomalies: tuple[str, ...] = ()) -> Want:
    """A system event of the instance."""
    return Want(f"ecs:event:e-uf6arrivals000000{number:02d}", INSTANCE, status, severity, outcome, anomalies)


WANTED = {
    "vswitch-changed": Want(
        f"ecs:instance-notice:{INSTANCE}:Instance:VSwitchChanged",
        INSTANCE,
        "Noted",
        detail=(("vswitchId", "vsw-uf6arrivals0001"), ("vpcId", "vpc-uf6arrivals0001")),
    ),
    "disk-operation-failed": Want(
        f"ecs:disk-notice:{DISK}:Disk:DiskOperationCompleted",
        DISK,
        "failed",
        "warning",
        Outcome.FAILED,
        detail=(("operation", "DetachDisk"),),
    ),
    "disk-operation-accomplished": Want(
        f"ecs:disk-notice:{DISK}:Disk:DiskOperationCompleted",
        DISK,
        "accomplished",
        outcome=Outcome.HAPPENED,
        detail=(("operation", "AttachDisk"),),
    ),
    "disk-overdue-release": Want(
        f"ecs:disk-notice:{DISK}:Disk:OverduePaymentRelease",
        DISK,
        "Noted",
        "critical",
        detail=(("instanceId", INSTANCE),),
    ),
    "snapshot-initiated-without-content": Want(f"ecs:snapshot:{SNAPSHOT}", SNAPSHOT, "Initiated"),
    "snapshot-completed": Want(
        f"ecs:snapshot:{SNAPSHOT}", SNAPSHOT, "accomplished", outcome=Outcome.HAPPENED, detail=(("diskId", DISK),)
    ),
    "cloud-assistant-task": Want(
        f"ecs:cloud-assistant-task:t-sh0arrivals00001+{INSTANCE}",
        INSTANCE,
        "Failed",
        "warning",
        Outcome.FAILED,
        detail=(("commandName", "patch.sh"), ("exitCode", "1")),
    ),
    "cloud-assistant-task-short": Want(
        "ecs:cloud-assistant-task:t-sh0arrivals00002", "t-sh0arrivals00002", "Success", outcome=Outcome.HAPPENED
    ),
    "auto-reactivate": Want(
        f"ecs:instance-notice:{INSTANCE}:Instance:AutoReactivateCompleted",
        INSTANCE,
        "accomplished",
        outcome=Outcome.HAPPENED,
    ),
    "surplus-credit": Want(
        f"ecs:instance-notice:{INSTANCE}:Instance:SurplusCreditIncurCharge", INSTANCE, "Noted", "warning"
    ),
    "system-event-InstanceFailure.PerformanceImpact": planned(0, "Executing", "warning", Outcome.ACTIVE),
    "system-event-SystemFailure.PerformanceImpact": planned(
        1, "Executed", "warning", Outcome.HAPPENED, ("missed_start",)
    ),
    "system-event-SystemMaintenance.CleanReleasedDisks": planned(2, "Inquiring", "warning", Outcome.PENDING),
    "system-event-SystemMaintenance.PerformanceImpact": planned(3, "Scheduled", "warning", Outcome.PENDING),
    "system-event-SystemMaintenance.StopAndRepair": planned(4, "Scheduled", "critical", Outcome.PENDING),
    "system-event-SystemUpgrade.Migrate": planned(5, "Scheduled", "warning", Outcome.PENDING),
    # It will not happen, so it is no trouble any more.
    "system-event-avoidated": planned(17, "Avoided", "info", Outcome.AVERTED, ("missed_start",)),
    "image-state": Want(f"ecs:image-state:{IMAGE}", IMAGE, "CreateFailed", "warning", Outcome.FAILED),
    "disk-state": Want(f"ecs:disk-state:{DISK}", DISK, "In_use"),
    "disk-state-in-capitals": Want(f"ecs:disk-state:{DISK}", DISK, "In_use", anomalies=("undocumented_status",)),
    "network-interface-state": Want(f"ecs:network-interface-state:{ENI}", ENI, "InUse"),
    "instance-state-locked": Want(f"ecs:state:{INSTANCE}", INSTANCE, "Locked", anomalies=("undocumented_status",)),
    "instance-state-misspelt": Want(f"ecs:state:{INSTANCE}", INSTANCE, "Panding", anomalies=("undocumented_status",)),
    "instance-state-in-small-letters": Want(
        f"ecs:state:{INSTANCE}", INSTANCE, "Stopped", anomalies=("undocumented_status",)
    ),
    "addresses-assigned": Want(
        f"ecs:network-interface-notice:{ENI}:NetworkInterface:PrivateIPAssigned",
        ENI,
        "Noted",
        detail=(("primaryPrivateIp", "172.20.1.9"),),
    ),
    "addresses-unassigned-other-spelling": Want(
        f"ecs:network-interface-notice:{ENI}:NetworkInterface:PrivateIPUnassigned", ENI, "Noted"
    ),
    "eci-image-cache-hit": Want(
        f"eci:container-group-notice:{POD}1:SuccessfulHitImageCache",
        f"{POD}1",
        "Normal",
        detail=(("image_cache_id", "imc-uf6arrivals000001"),),
    ),
    "eci-spot-5-minutes": Want(
        f"eci:spot:{POD}2", f"{POD}2", "SpotToBeReleased", "critical", Outcome.PENDING, detail=(("minutes", "5"),)
    ),
    "eci-spot-1-minute": Want(
        f"eci:spot:{POD}3", f"{POD}3", "SpotToBeReleased", "critical", Outcome.PENDING, detail=(("minutes", "1"),)
    ),
    "eci-prefixed-instance-type": Want(
        f"eci:container-group-notice:{POD}4:UserInstanceTypeSpec",
        f"{POD}4",
        "Normal",
        detail=(("instance_type", "2.0-4.0Gi"),),
    ),
    "eci-prefixed-image-cache-missed": Want(
        "eci:container-group-notice:eci-uf6arrivals0000001:ImageCacheMissed",
        "eci-uf6arrivals0000001",
        "Warning",
        "warning",
    ),
    "eci-prefixed-stop-charge": Want("eci:state:eci-uf6arrivals0000002", "eci-uf6arrivals0000002", "StopCharge"),
    "eci-prefixed-image-cache-failed": Want(
        "eci:image-cache:imc-uf6arrivals0000002",
        "imc-uf6arrivals0000002",
        "ImageCacheAutoCreateFailed",
        "warning",
        Outcome.FAILED,
        detail=(("cause", "failed to pull images"),),
    ),
}


RECEIVED_MS = 1_772_697_600_000


def read(root: Path, name: str) -> Notification:
    """The one notification in a file of `events/arrivals/types/`."""
    (item,) = understand((root / "events" / "arrivals" / "types" / f"{name}.json").read_bytes(), RECEIVED_MS)
    assert isinstance(item, Notification), item
    return item


@pytest.mark.parametrize("name", WANTED)
def test_what_arrives_is_understood(root: Path, name: str) -> None:
    """Each file is about the right resource, in the right status, as grave as it is, with nothing wrongly flagged."""
    want, item = WANTED[name], read(root, name)
    summary = state.summarize(item.record)

    assert (item.record.key, item.record.resource_id, summary.status) == (want.key, want.resource, want.status)
    assert (summary.severity, summary.outcome) == (want.severity, want.outcome)
    assert tuple(anomaly.anomaly for anomaly in summary.anomalies) == want.anomalies
    assert dict(want.detail).items() <= dict(item.transition.detail).items()


def test_every_file_has_an_outcome(root: Path) -> None:
    """No file is left out of the table, but the one that has a test of its own."""
    files = {path.stem for path in (root / "events" / "arrivals" / "types").iterdir()}

    assert files == {*WANTED, "notice-of-no-resource"}


def test_a_notice_of_no_resource_is_kept(root: Path) -> None:
    """An undocumented content that names no resource is recorded whole, and flagged."""
    item = read(root, "notice-of-no-resource")

    assert item.record.resource_id == "unidentified"
    assert json.loads(item.content) == {"workState": "down", "slaves": []}
    assert [anomaly.anomaly for anomaly in state.summarize(item.record).anomalies] == ["unidentified"]


def test_one_state_in_two_cases_is_one_transition(root: Path) -> None:
    """`IN_USE` and `In_use` of one moment are the same step of the disk."""
    one, other = read(root, "disk-state"), read(root, "disk-state-in-capitals")

    assert one.transition.key == other.transition.key


def test_the_steps_of_a_snapshot_are_one_record(root: Path) -> None:
    """The beginning, known from the envelope alone, and the end, known from the content, are about one snapshot."""
    first, last = read(root, "snapshot-initiated-without-content"), read(root, "snapshot-completed")
    joined = first.record.join(last.record)

    assert joined == last.record.join(first.record)
    assert [transition.status for transition in state.in_order(joined)] == ["Initiated", "accomplished"]
    assert state.summarize(joined).anomalies == ()
