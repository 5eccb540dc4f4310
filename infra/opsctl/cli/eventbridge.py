"""Publish events through the vendor's SDK, on the local bus or a real one, and read what happened to them there."""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from alibabacloud_eventbridge.client import Client
from alibabacloud_eventbridge.models import CloudEvent, Config, ListRulesRequest, ListTargetsRequest
from Tea.exceptions import TeaException, UnretryableException

from fc3lint import DeployedTarget
from opsctl.cli import endpoints, local
from opsledger.errors import UnavailableError
from opsledger.store import batched
from yunmock.eventbridge.service import EventBridgeService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from alibabacloud_eventbridge.models import EventRuleDTO

    from opsctl.cli.cloudevents import Publication
    from opsctl.cli.endpoints import Endpoint
    from opsctl.cli.local import LocalCloud
    from opsledger.strict_json import JsonObject, JsonValue
    from yunmock.eventbridge.trace import Attempt, Delivery, Judgement

    Publish = Callable[[Iterable[Publication]], Iterator[Publication]]

LOCAL_BUS = "default"
PAGE = 100
"""Rules or targets a call."""
PUT_EVENTS_ENTRIES = 16
"""EventBridge's limit for one PutEvents call."""
PUT_EVENTS_BYTES = 200_000
"""Below the limit for a call's body (256 KB) on both of the vendor's pages."""
_ATTRIBUTES = ("id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time")


@contextmanager
def publisher(data: Path, template: Path | None, bus: str | None) -> Iterator[Publish]:
    """Give a function that publishes to the real `bus` or, if none is named, to the local cloud's.

    Raises:
        NotThereError: the local cloud needs a template, and none is named or in this folder.
        MisconfiguredError: a variable for the real bus is missing or wrong.
    """
    if bus:
        yield partial(publish_remotely, endpoints.find("EVENTBRIDGE_ENDPOINT"), bus)
        return
    with local.local(data, template or local.default_template()) as here:
        yield partial(publish_locally, here)


def publish_locally(here: LocalCloud, publications: Iterable[Publication]) -> Iterator[Publication]:
    """Publish to the local bus, and give each event back, in order, with every rule's verdict."""
    for publication in put(_client(here.endpoint("eventbridge")), publications, LOCAL_BUS):
        if publication.accepted:
            judge(here, publication)
        yield publication


def judge(here: LocalCloud, publication: Publication) -> None:
    """Note what has become of a published event on the local bus by now."""
    bridge = here.cloud.services["eventbridge"]
    assert isinstance(bridge, EventBridgeService)
    publication.rules = bridge.traces.of_event(LOCAL_BUS, publication.id)[-1].rules


def publish_remotely(endpoint: Endpoint, bus: str, publications: Iterable[Publication]) -> Iterator[Publication]:
    """Publish to a real bus; EventBridge says whether it accepts each event, not what its rules do.

    Raises:
        UnavailableError: the call itself failed.
    """
    try:
        yield from put(_client(endpoint), publications, bus)
    except (TeaException, UnretryableException) as error:
        raise UnavailableError(f"EventBridge refuses, or does not answer: {error}") from None


def deployed_targets(endpoint: Endpoint, bus: str = LOCAL_BUS) -> list[DeployedTarget]:
    """List the targets of every rule of a bus, by ListRules and ListTargets.

    Raises:
        UnavailableError: EventBridge does not answer, or refuses.
    """
    client = _client(endpoint)
    try:
        return [target for rule in _rules(client, bus) for target in _targets_of(client, bus, rule)]
    except (TeaException, UnretryableException) as error:
        raise UnavailableError(f"EventBridge refuses, or does not answer: {error}") from None


def _rules(client: Client, bus: str) -> Iterator[EventRuleDTO]:
    token = None
    while True:
        listed = client.list_rules(ListRulesRequest(event_bus_name=bus, limit=PAGE, next_token=token))
        yield from listed.rules
        token = listed.next_token
        if not token:
            return


def _targets_of(client: Client, bus: str, rule: EventRuleDTO) -> Iterator[DeployedTarget]:
    listed = client.list_targets(ListTargetsRequest(event_bus_name=bus, rule_name=rule.rule_name, limit=PAGE))
    for entry in listed.targets:
        params = {param.resource_key: param.value for param in entry.param_list or ()}
        enabled = str(rule.status).upper() == "ENABLE"
        yield DeployedTarget(rule.rule_name, enabled, entry.endpoint or "", params.get("InvocationType") or "")


def _client(endpoint: Endpoint) -> Client:
    protocol, _, host = endpoint.url.partition("://")
    return Client(
        Config(
            access_key_id=endpoint.access_key_id,
            access_key_secret=endpoint.access_key_secret,
            security_token=endpoint.security_token or None,
            endpoint=host,
            protocol=protocol,  # the SDK's own default is http
        )
    )


def put(client: Client, publications: Iterable[Publication], bus: str) -> Iterator[Publication]:
    """Put the events on a bus, up to sixteen a call, and give each back in order, accepted or with its error."""
    for batch in batched(publications, PUT_EVENTS_ENTRIES, _size, PUT_EVENTS_BYTES):
        yield from _put_batch(client, batch, bus)


def _size(publication: Publication) -> int:
    return len(json.dumps(publication.event))


def _put_batch(client: Client, batch: Sequence[Publication], bus: str) -> Sequence[Publication]:
    models = [(publication, model) for publication in batch if (model := _model(publication, bus)) is not None]
    if models:
        answer = client.put_events([model for _, model in models])
        for (publication, _), entry in zip(models, answer.entry_list, strict=True):
            publication.accepted = entry.error_code in (None, "", "Success")
            if not publication.accepted:
                publication.error = f"{entry.error_code}: {entry.error_message}"
    return batch


def _model(publication: Publication, bus: str) -> CloudEvent | None:
    """The SDK's model of the event; None, and the error noted, if the SDK refuses it."""
    if publication.event is None:
        return None
    try:
        model = _cloudevent(publication.event, bus)
        model.validate()
    except Exception as error:  # noqa: BLE001 - the SDK raises exceptions of many kinds for a bad event
        publication.error = f"the SDK refuses it: {error}"
        return None
    return model


def _cloudevent(event: JsonObject, bus: str) -> CloudEvent:
    extensions = {n: v for n, v in event.items() if n not in (*_ATTRIBUTES, "data", "data_base64")}
    attributes = {n: event.get(n) for n in _ATTRIBUTES}
    if "data_base64" in event:
        data = _decoded(event["data_base64"])
    else:
        data = json.dumps(event.get("data")).encode()
        attributes["datacontenttype"] = "application/json"  # the SDK sends base64 for every other content type
    return CloudEvent(**attributes, data=data, extensions={"aliyuneventbusname": bus, **extensions})


def _decoded(value: JsonValue) -> bytes:
    if not isinstance(value, str):
        raise TypeError("data_base64 is not a string")
    return base64.b64decode(value)


# ------------------------------------------------------------------------------------------------------- traces
def target(delivery: Delivery) -> str:
    """Return the name of the function a delivery went to."""
    return delivery.endpoint.rpartition("/")[2]


def attempts(publication: Publication) -> Iterator[Attempt]:
    """Every attempt to deliver an event, rule by rule."""
    for rule in publication.rules:
        for delivery in rule.deliveries:
            yield from delivery.attempts


def succeeded(attempt: Attempt) -> bool:
    """Whether the function took the event; an asynchronous invocation may be accepted and then fail."""
    return attempt.ok and not attempt.error


def response(attempt: Attempt) -> JsonValue:
    """Return what the function answered: JSON, other text, or None for nothing."""
    try:
        parsed: JsonValue = json.loads(attempt.response)
    except ValueError:
        return attempt.response or None
    return parsed


def to_json(publication: Publication) -> JsonObject:
    """Return what `publish --json` prints for one event; empty fields are left out."""
    fields: JsonObject = {
        "source": publication.source,
        "id": publication.id,
        "type": publication.type,
        "note": publication.note,
        "error": publication.error,
        "rules": [_rule_json(rule) for rule in publication.rules],
    }
    return {name: value for name, value in fields.items() if value}


def _rule_json(rule: Judgement) -> JsonObject:
    return {
        "rule": rule.rule,
        "matched": rule.matched,
        **({} if rule.matched else {"reasons": list(rule.reasons)}),
        "deliveries": [
            {"target": target(d), "state": d.state, "attempts": [_attempt_json(a) for a in d.attempts]}
            for d in rule.deliveries
        ],
    }


def _attempt_json(attempt: Attempt) -> JsonObject:
    return {"ok": succeeded(attempt), "result": response(attempt), "error": attempt.error}
