"""Envelopes: every form in which an event arrives, alone or in a batch, and what is refused."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from opsledger.intake.envelope import Delivery
from opsledger.intake.understand import Refused, understand, understand_each

if TYPE_CHECKING:
    from tests.conftest import MakeEvent

NOW_MS = 1_767_225_600_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"
FORMS = {
    "cloudevent": ("cloudevent", REBOOT),
    "cloudevent-base64": ("cloudevent", REBOOT),
    "cloudmonitor": ("cloudmonitor", f"{REBOOT}:Scheduled"),
    "cloudmonitor-push": ("cloudmonitor", f"{REBOOT}:Scheduled"),
    "cloudmonitor-attribute": ("cloudmonitor", f"{REBOOT}:Scheduled"),
    "raw": ("raw", None),
}


def opened(value: Any) -> Delivery:
    """The one delivery in `value`."""
    payload = value if isinstance(value, bytes | str) else json.dumps(value).encode()
    (only,) = understand_each(payload, NOW_MS)
    assert only.delivery is not None, only
    return only.delivery


def refused(value: Any) -> Refused:
    """The one refusal of `value`."""
    payload = value if isinstance(value, bytes | str) else json.dumps(value).encode()
    (only,) = understand_each(payload, NOW_MS)
    assert only.delivery is None, only
    assert isinstance(only.result, Refused)
    return only.result


# ----------------------------------------------------------------------------------------------------- each form
@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_content(event: MakeEvent, form: str) -> None:
    """Every envelope is stripped, and the content is the same."""
    delivery = opened(event(REBOOT, "Scheduled", form))

    assert (delivery.form, delivery.type) == FORMS[form]
    assert delivery.content == event(REBOOT, "Scheduled", "raw")


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("raw", "cloudmonitor-push")])
def test_the_time_of_an_envelope_is_read(event: MakeEvent, form: str) -> None:
    """China time, compact time and epoch milliseconds give the same moment."""
    assert opened(event(REBOOT, "Scheduled", form, now_ms=NOW_MS + 922)).at == NOW_MS + 922


@pytest.mark.parametrize("form", ["raw", "cloudmonitor-push"])
def test_an_envelope_without_a_time_has_none(event: MakeEvent, form: str) -> None:
    """For CloudMonitor's push and a bare content this is not an error."""
    delivery = opened(event(form=form))

    assert (delivery.at, delivery.time_error) == (None, None)


@pytest.mark.parametrize("form", [form for form in FORMS if form != "raw"])
def test_account_and_region_come_from_the_envelope(event: MakeEvent, form: str) -> None:
    """From CloudEvent extensions, CloudMonitor fields or else the resource's ARN."""
    delivery = opened(event(form=form))

    assert (delivery.account, delivery.region) == ("1000000000000001", "cn-hangzhou")


def test_a_cloudmonitor_notification_names_its_owner_by_field_before_arn(event: MakeEvent) -> None:
    """`userId` and `regionId` take precedence over the ARN; an ARN without account gives none."""
    by_field = {**event(form="cloudmonitor"), "userId": 7, "regionId": "cn-beijing"}
    by_nothing = {**event(form="cloudmonitor-push"), "resourceId": "acs:ecs:::instance/i-1", "regionId": ""}

    assert (opened(by_field).account, opened(by_field).region) == ("7", "cn-beijing")
    assert (opened(by_nothing).account, opened(by_nothing).region) == (None, None)


def test_a_cloudevent_names_the_originating_account_before_the_bus_owner(event: MakeEvent) -> None:
    """`aliyunoriginalaccountid` owns the event, `aliyunaccountid` the bus."""
    assert opened({**event(), "aliyunoriginalaccountid": "42"}).account == "42"


def test_a_cloudevent_needs_no_specversion(event: MakeEvent) -> None:
    """Type, source and data are enough."""
    bare = event()
    del bare["specversion"], bare["id"], bare["time"]

    assert opened(bare).type == REBOOT


def test_a_name_without_its_product_takes_the_source(event: MakeEvent) -> None:
    """`Instance:StateChange` from `acs.ecs` is `ecs:Instance:StateChange`."""
    assert opened({**event(), "type": "Instance:StateChange"}).type == "ecs:Instance:StateChange"


def test_spaces_in_a_type_are_removed(event: MakeEvent) -> None:
    """The vendor's tables wrap long names, and copies of them have a space."""
    wrapped = {**event(), "type": "ecs:Instance: SystemMaintenance.Reboot "}

    assert opened(wrapped).type == REBOOT


def test_a_cloudevent_may_carry_its_data_as_text(event: MakeEvent) -> None:
    """The text is parsed."""
    whole = event()

    assert opened({**whole, "data": json.dumps(whole["data"])}).content == whole["data"]


def test_a_cloudevent_may_carry_a_cloudmonitor_notification(event: MakeEvent) -> None:
    """The inner notification is read, with the account and time of the outer where it has none."""
    delivery = opened({**event(), "type": "custom:forwarded", "data": event(REBOOT, "Scheduled", "cloudmonitor-push")})

    assert (delivery.form, delivery.type, delivery.path) == ("cloudmonitor", f"{REBOOT}:Scheduled", "data.content")
    assert (delivery.at, delivery.account) == (NOW_MS, "1000000000000001")


@pytest.mark.parametrize(
    "extra", [{"reason": "x", "type": "Warning", "message": "y"}, {"name": "web", "product": "ecs"}]
)
def test_a_known_type_says_what_its_data_is(event: MakeEvent, extra: dict[str, str]) -> None:
    """Fields that the vendor may add do not change its form."""
    value = event()
    delivery = opened({**value, "data": {**value["data"], **extra}})

    assert (delivery.form, delivery.type) == ("cloudevent", REBOOT)


def test_a_kubernetes_event_is_recognised_by_its_object() -> None:
    """`involvedObject` and `reason` mark a Kubernetes Event."""
    assert opened({"involvedObject": {}, "reason": "BackOff"}).form == "kubernetes"


@pytest.mark.parametrize("names", [("Reason", "Type", "Message"), ("reason", "type", "message")])
def test_an_eci_event_is_recognised_in_either_casing(names: tuple[str, str, str]) -> None:
    """DescribeContainerGroups writes `reason`, DescribeContainerGroupEvents `Reason`."""
    assert opened(dict.fromkeys(names, "x")).form == "eci-api"


# ---------------------------------------------------------------------------------------------------------- batches
def test_a_batch_is_opened_in_order(event: MakeEvent) -> None:
    """Objects and JSON strings may be mixed; the order is kept."""
    events = [event(seed=str(n), form=form) for n, form in enumerate(FORMS)]
    batch = [json.dumps(e) if n % 2 else e for n, e in enumerate(events)]

    deliveries = [one.delivery for one in understand_each(json.dumps(batch), NOW_MS)]

    assert [d.form for d in deliveries if d] == [form for form, _ in FORMS.values()]
    assert [d.content["eventId"] for d in deliveries if isinstance(d, Delivery)] == [
        event(seed=str(n), form="raw")["eventId"] for n in range(len(FORMS))
    ]


def test_json_in_a_json_string_is_opened(event: MakeEvent) -> None:
    """One event or a whole batch may come as one JSON string."""
    both = [event(), event(seed="b")]

    assert opened(json.dumps(json.dumps(event()))).type == REBOOT
    assert len(understand(json.dumps(json.dumps(both)), NOW_MS)) == 2


def test_an_empty_batch_has_no_delivery() -> None:
    """It has no delivery."""
    assert understand(b"[]", NOW_MS) == []


BAD_ELEMENTS = {
    "null": "null",
    "number": "17",
    "text": '"reboot"',
    "array": "[[]]",
    "empty object": "{}",
    "not a number": '{"a": NaN}',
    "half a pair": '{"a": "\\ud800"}',
    "out of range": '{"a": 1e400}',
    "too many digits": '{"a": ' + "9" * 5000 + "}",
    "deep": "[" * 100 + "]" * 100,
    "deeper than the parser": "[" * 200_000 + "]" * 200_000,
    "objects deeper than the parser": '{"a":' * 100_000 + "1" + "}" * 100_000,
}


@pytest.mark.parametrize("bad", BAD_ELEMENTS.values(), ids=BAD_ELEMENTS.keys())
@pytest.mark.parametrize("as_text", [False, True], ids=["objects", "strings"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_element_does_not_refuse_its_batch(
    event: MakeEvent,
    bad: str,
    as_text: bool,  # noqa: FBT001 - a parameter
    place: int,
) -> None:
    """At any position, and with any layout of the others: they are opened and it is refused."""
    good = [json.dumps(event(seed=seed)) for seed in "ab"]
    elements = [json.dumps(text) for text in good] if as_text else good
    elements.insert(place, bad)

    results = understand(f"[{', '.join(elements)}]".encode(), NOW_MS)

    assert [isinstance(result, Refused) for result in results] == [n == place for n in range(3)]


@pytest.mark.parametrize("bad", BAD_ELEMENTS.values(), ids=BAD_ELEMENTS.keys())
def test_what_is_not_an_event_is_refused(bad: str) -> None:
    """The same elements, each as a payload."""
    assert refused(bad.encode()).error.reason in ("not_json", "unknown_envelope")


# ----------------------------------------------------------------------------------------------- ill-formed envelopes
ILL_FORMED: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "no type": ("cloudevent", {"type": None}, ["type"]),
    "blank type": ("cloudevent", {"type": " "}, ["type"]),
    "type is an object": ("cloudevent", {"type": {}}, ["type"]),
    "no source": ("cloudevent", {"source": None}, ["source"]),
    "old specversion": ("cloudevent", {"specversion": "0.2"}, ["specversion"]),
    "specversion is a list": ("cloudevent", {"specversion": []}, ["specversion"]),
    "no data": ("cloudevent", {"data": None}, ["data"]),
    "data is a number": ("cloudevent", {"data": 5}, ["data"]),
    "data is no JSON": ("cloudevent", {"data": "reboot"}, ["data"]),
    "both kinds of data": ("cloudevent", {"data_base64": "e30="}, ["data_base64"]),
    "account is a list": ("cloudevent", {"aliyunaccountid": [1]}, ["aliyunaccountid"]),
    "account is too long": ("cloudevent", {"aliyunaccountid": "1" * 2000}, ["aliyunaccountid"]),
    "region is too long": ("cloudmonitor", {"regionId": "x" * 2000}, ["regionId"]),
    "everything": ("cloudevent", {"type": 1.5, "source": None, "data": []}, ["type", "source", "data"]),
    "not base64": ("cloudevent-base64", {"data_base64": "!"}, ["data_base64"]),
    "base64 of no JSON": ("cloudevent-base64", {"data_base64": base64.b64encode(b"{").decode()}, ["data_base64"]),
    "base64 of an array": ("cloudevent-base64", {"data_base64": "W10="}, ["data"]),
    "base64 is a number": ("cloudevent-base64", {"data_base64": 3}, ["data_base64"]),
    "no name": ("cloudmonitor", {"name": ""}, ["name"]),
    "content is a number": ("cloudmonitor", {"content": 1}, ["content"]),
    "content is null": ("cloudmonitor", {"content": None}, ["content"]),
    "content is no JSON": ("cloudmonitor-attribute", {"content": "{"}, ["content"]),
}


@pytest.mark.parametrize(("form", "changes", "paths"), ILL_FORMED.values(), ids=ILL_FORMED.keys())
def test_an_ill_formed_envelope_is_refused_with_every_field(
    event: MakeEvent, form: str, changes: dict[str, Any], paths: list[str]
) -> None:
    """Each attribute that is missing or of the wrong kind is named."""
    error = refused({**event(form=form), **changes}).error

    assert error.reason == "malformed_content"
    assert list(dict.fromkeys(e.path for e in error.errors)) == paths


@pytest.mark.parametrize("time", ["yesterday", "2019-04-09", 5, [], {}, True])
def test_an_unreadable_time_is_noted(event: MakeEvent, time: Any) -> None:
    """It is not refused here, because the content may have a time."""
    delivery = opened({**event(), "time": time})

    assert delivery.at is None
    assert delivery.time_error is not None
    assert delivery.time_error.path == "time"


def test_unknown_attributes_are_tolerated(event: MakeEvent) -> None:
    """Whatever their type."""
    delivery = opened({**event(), "aliyunpublishtime": 5, "traceparent": {"a": []}, "id": None})

    assert delivery.content == event()["data"]


def test_types_and_sources_are_treated_as_data() -> None:
    """A type that looks like a Python attribute is an unknown type."""
    delivery = opened({"specversion": "1.0", "type": "__class__.__mro__", "source": "../../etc/passwd", "data": {}})

    assert delivery.type == "/etc/passwd:__class__.__mro__"
