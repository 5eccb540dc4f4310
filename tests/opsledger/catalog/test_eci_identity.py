"""What identifies an ECI event: the object it is about, and the message in whatever wording it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from opsledger import catalog
from opsledger.catalog.content import ReadContext

if TYPE_CHECKING:
    from opsledger.catalog.content import Reading

UID = "0c0f3a52-6f0e-4b52-9f0a-000000000001"
NODE = "virtual-kubelet-cn-shanghai-b"


def read(reason: str, message: str, **involved: str) -> Reading:
    """What an event says about the object with these fields."""
    spec, _ = catalog.find(f"eci:Event:{reason}")
    content: dict[str, Any] = {
        "reason": reason,
        "message": message,
        "involvedObject": involved,
        "firstTimestamp": "2026-03-05T08:00:00Z",
    }
    return spec.content.model_validate(content).read(ReadContext(None, None, spec.templates, spec.source_severity))


@pytest.mark.parametrize(
    ("involved", "is_global"),
    [
        ({"kind": "Pod", "uid": UID, "name": "ask-1", "namespace": "default"}, True),
        ({"kind": "Pod", "uid": "eci-uf6arrivals0000001", "name": "container-group-7"}, True),
        ({"kind": "Pod", "uid": "eci-uf6arrivals0000001", "name": "eci-uf6arrivals0000001"}, True),
        ({"kind": "VirtualNode", "uid": "vnd-uf6arrivals0000001", "name": "vnd-uf6arrivals0000001"}, True),
        ({"kind": "Pod", "name": "ask-1", "namespace": "default"}, False),
        ({"kind": "ImageCache", "name": "python"}, False),
        ({"kind": "Node", "uid": NODE, "name": NODE}, False),
        ({"kind": "Node", "uid": UID, "name": NODE}, True),
    ],
)
def test_which_objects_are_named_uniquely_in_the_world(involved: dict[str, str], *, is_global: bool) -> None:
    """A uid or a vendor's id is; a name within a cluster is not, nor a node's uid that is its name."""
    assert read("CreateBackoff", "again", **involved).is_global is is_global


@pytest.mark.parametrize(
    ("reason", "wordings"),
    [
        ("ImageCacheMissed", ("Missed image cache", "Missed image cache.", "[eci.imagecache]Missed image cache.")),
        (
            "SuccessfulHitImageCache",
            (
                "Successfully hit image cache imc-1",
                "[eci.imagecache]Successfully hit image cache imc-1, eci will be scheduled with this image cache.",
            ),
        ),
        (
            "NoStock",
            (
                "Create ECI failed because the specified instance is out of stock. Try another zone",
                "Create ECI failed because of the specified instance is out of stock. Try another zone",
            ),
        ),
        ("SandboxNotReady", ("Nobody knows this message", "[eci.containergroup]Nobody knows this message")),
    ],
)
def test_one_message_in_any_wording_is_one_transition(reason: str, wordings: tuple[str, ...]) -> None:
    """Neither prefix nor known clause nor full stop makes another transition; another value does."""
    distinct = {read(reason, message, uid=UID).distinct for message in wordings}

    assert len(distinct) == 1
    assert read(reason, "something else", uid=UID).distinct not in distinct


def test_a_prefix_is_no_drift() -> None:
    """A known message behind a prefix is known, and an unknown one is still flagged."""
    known = read("ImageCacheMissed", "[eci.imagecache]Missed image cache.", uid=UID)
    unknown = read("ImageCacheMissed", "[eci.imagecache]Lost image cache.", uid=UID)

    assert known.transition.anomalies == ()
    assert [text.partition(":")[0] for text in unknown.transition.anomalies] == ["message_drift"]


@pytest.mark.parametrize(("message", "minutes"), [("3 minutes", 3), ("5 minutes.", 5), ("1 minute", 1)])
def test_a_spot_release_says_in_how_many_minutes(message: str, minutes: int) -> None:
    """In the singular too, and behind a prefix."""
    reading = read("SpotToBeReleased", f"[eci.containergroup]Spot ECI will be released in {message}", uid=UID)

    assert reading.transition.notice_period == minutes * 60_000
    assert reading.transition.anomalies == ()
