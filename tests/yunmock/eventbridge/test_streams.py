"""Event streams: batches by count and time, retries that block, tolerance, dead letters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_eventbridge import models
from Tea.exceptions import TeaException

from yunmock import Readings, local_cloud
from yunmock.s_yaml import InvalidTemplateError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.yunmock.conftest import Place

    from yunmock.json_types import JsonObject

SEEN = """
import json
batches = []

def handler(event, context):
    batch = json.loads(event)
    if any(isinstance(item, dict) and item["data"].get("poison") for item in batch):
        raise RuntimeError("poisoned")
    batches.append([item["data"]["n"] if isinstance(item, dict) else item for item in batch])
    return batches
"""
TEXTS = "seen = []\ndef handler(event, context):\n    seen.append(event.decode())\n    return seen\n"
QUEUE = "acs:mns:cn-hangzhou:1000000000000001:/queues/dead"


def settings(**options: Any) -> dict[str, Any]:
    """A stream from MNS to the function echo."""
    constant = models.TargetParameter(form="CONSTANT", value="echo")
    return {
        "event_streaming_name": "s1",
        "source": models.Source(source_mnsparameters=models.SourceMNSParameters(queue_name="q")),
        "sink": models.Sink(sink_fc_parameters=models.SinkFcParameters(function_name=constant)),
        "filter_pattern": "{}",
        "run_options": models.RunOptions(**options),
    }


def window(count: int, seconds: int) -> Any:
    """A batch window."""
    return models.BatchWindow(count_based_window=count, time_based_window=seconds)


def create(place: Place, **options: Any) -> None:
    """Create and start the stream with the vendor's client."""
    place.eb.create_event_streaming(models.CreateEventStreamingRequest(**settings(**options)))
    place.eb.start_event_streaming(models.StartEventStreamingRequest(event_streaming_name="s1"))


def feed(place: Place, *numbers: int, **data: Any) -> None:
    """Messages with these numbers."""
    place.bridge.streams.feed("s1", [{"data": {"n": number, **data}} for number in numbers])


def batches(place: Place) -> Any:
    """The batches that the function has received."""
    answer = place.functions.invoke("echo", b"[]")
    return json.loads(answer.body)[:-1]


def test_life(place: Place, deploy: Any) -> None:
    """A stream is created, described, listed, changed, started, paused and deleted."""
    deploy(place)
    eb, name = place.eb, {"event_streaming_name": "s1"}
    made = eb.create_event_streaming(models.CreateEventStreamingRequest(**settings()))
    assert made.event_streaming_arn == "acs:eventbridge:cn-hangzhou:1000000000000001:eventstreaming/s1"
    assert eb.get_event_streaming(models.GetEventStreamingRequest(**name)).status == "READY"
    eb.start_event_streaming(models.StartEventStreamingRequest(**name))
    changed = {**settings(batch_window=window(5, 1)), "description": "d"}
    eb.update_event_streaming(models.UpdateEventStreamingRequest(**changed))
    (listed,) = eb.list_event_streamings(models.ListEventStreamingsRequest(name_prefix="s")).event_streamings
    assert (listed.status, listed.description, listed.run_options.batch_window.count_based_window) == (
        "RUNNING",
        "d",
        5,
    )
    eb.pause_event_streaming(models.PauseEventStreamingRequest(**name))
    feed(place, 1, 2)
    request = models.ListEventStreamingMetricsRequest(event_streaming_names=["s1"])
    (metric,) = eb.list_event_streaming_metrics(request).event_streaming_metrics
    assert (metric.status, metric.diff_offset) == ("READY", 2)
    eb.delete_event_streaming(models.DeleteEventStreamingRequest(**name))
    with pytest.raises(TeaException) as refusal:
        eb.get_event_streaming(models.GetEventStreamingRequest(**name))
    assert refusal.value.code == "EventStreamingNotExist"


def test_batches_by_count_and_time(place: Place, deploy: Any) -> None:
    """A batch is delivered when it is full or old enough; one event also comes in a list."""
    deploy(place, SEEN)
    place.cloud.clock.freeze()
    create(place, batch_window=window(3, 10))

    feed(place, 1, 2, 3, 4)
    assert batches(place) == [[1, 2, 3]]
    place.cloud.clock.advance(9)
    assert [batch for batch in batches(place) if batch] == [[1, 2, 3]]
    place.cloud.clock.advance(1)

    assert [batch for batch in batches(place) if batch] == [[1, 2, 3], [4]]


def test_without_a_window(here: Place, deploy: Any) -> None:
    """Without a window each event is one batch."""
    deploy(here, SEEN)
    create(here)

    feed(here, 1, 2)

    assert batches(here) == [[1], [2]]


def test_filter_and_transform(here: Place, deploy: Any) -> None:
    """A stream's pattern and its Body apply to each event."""
    deploy(
        here,
        TEXTS,
    )
    given = settings(batch_window=window(2, 1))
    sink = given["sink"].sink_fc_parameters
    sink.body = models.TargetParameter(form="JSONPATH", value="$.data.n")
    given["filter_pattern"] = '{"data":{"n":[{"numeric":[">",1]}]}}'
    here.eb.create_event_streaming(models.CreateEventStreamingRequest(**given))
    here.bridge.streams.start("s1")

    feed(here, 1, 2, 3)

    assert json.loads(here.functions.invoke("echo", b"").body)[0] == "[2,3]"


def sizes(place: Place) -> list[int]:
    """How many messages each invocation had."""
    return [len(json.loads(body)) for body in json.loads(place.functions.invoke("echo", b"").body)[:-1]]


def create_asynchronous(place: Place, count: int) -> None:
    """Create and start a stream that sends `$.data` asynchronously, in batches of `count` or after 15 seconds."""
    given = settings(batch_window=window(count, 15))
    sink = given["sink"].sink_fc_parameters
    sink.invocation_type = models.TargetParameter(form="CONSTANT", value="Async")
    sink.body = models.TargetParameter(form="JSONPATH", value="$.data")
    place.eb.create_event_streaming(models.CreateEventStreamingRequest(**given))
    place.bridge.streams.start("s1")


def test_a_batch_larger_than_an_invocation(here: Place, deploy: Any) -> None:
    """100 messages of 2 KB, asynchronously: two invocations at once, the first with what 128 KB hold."""
    deploy(here, TEXTS)
    here.cloud.clock.freeze()
    create_asynchronous(here, 100)

    here.bridge.streams.feed("s1", [{"data": {"t": "x" * 2040}} for _ in range(100)])
    here.cloud.run_due()

    assert sizes(here) == [63, 37]
    assert here.bridge.streams.get("s1").delivered == 100


def test_a_batch_that_reaches_the_size(here: Place, deploy: Any) -> None:
    """A batch is delivered as soon as it has the size of an invocation, before its window closes."""
    deploy(here, TEXTS)
    here.cloud.clock.freeze()
    create_asynchronous(here, 10_000)

    here.bridge.streams.feed("s1", [{"data": {"t": "x" * 10_000}} for _ in range(13)])
    assert here.bridge.streams.waiting("s1") == 13
    here.bridge.streams.feed("s1", [{"data": {"t": "x" * 10_000}}])
    here.cloud.run_due()

    assert (sizes(here), here.bridge.streams.waiting("s1")) == ([13], 1)


def test_part_of_a_batch_fails(here: Place, deploy: Any) -> None:
    """When a batch needs several invocations, only the part that failed is retried, and the rest follows."""
    deploy(
        here,
        "seen = []\ndef handler(event, context):\n    seen.append(len(event))\n    assert len(seen) != 2\n",
    )
    here.cloud.clock.freeze()
    create(here, batch_window=window(3, 15))
    feed(here, 1, 2, 3, text="x" * (16 * 2**20))

    assert (here.bridge.streams.get("s1").delivered, here.bridge.streams.get("s1").failed) == (1, 1)
    here.cloud.advance(20)

    assert (here.bridge.streams.get("s1").delivered, here.bridge.streams.get("s1").batch) == (3, None)


def test_retries_block_later_batches(here: Place, deploy: Any) -> None:
    """While a batch is retried later ones wait; after the last retry the stream goes on without it."""
    deploy(here, SEEN)
    here.cloud.clock.freeze()
    create(here, dead_letter_queue=models.DeadLetterQueue(arn=QUEUE))

    feed(here, 1, poison=True)
    feed(here, 2)
    assert batches(here) == []
    here.cloud.advance(9)
    assert here.bridge.streams.waiting("s1") == 1
    here.cloud.advance(60)

    assert [batch for batch in batches(here) if batch] == [[2]]
    (dead_letter,) = here.bridge.dead_letters(QUEUE)
    assert (dead_letter["rule"], dead_letter["error"]) == ("s1", "RuntimeError: poisoned")
    assert dead_letter["event"]["data"] == {"n": 1, "poison": True}
    assert here.bridge.streams.get("s1").failed == 4


def test_without_tolerance_the_stream_stops(here: Place, deploy: Any) -> None:
    """With ErrorsTolerance NONE the stream stops at the batch, and tries it again when started."""
    deploy(here, SEEN)
    here.cloud.clock.freeze()
    create(here, errors_tolerance="NONE")

    feed(here, 1, poison=True)
    feed(here, 2)
    here.cloud.advance(3600)

    stopped = here.bridge.streams.get("s1")
    assert (stopped.status, stopped.last_error, here.bridge.streams.waiting("s1")) == (
        "READY",
        "RuntimeError: poisoned",
        1,
    )
    deploy(here, "def handler(event, context): pass\n", memorySize=1024)
    here.bridge.streams.start("s1")
    assert (here.bridge.streams.get("s1").delivered, here.bridge.streams.waiting("s1")) == (2, 0)


@pytest.mark.parametrize(
    ("source", "element"),
    [("MNS", {"n": 1}), ("RocketMQ", {"n": 1}), ("Kafka", '{"n":1}')],
)
def test_trigger_of_another_source(here: Place, deploy: Any, source: str, element: Any) -> None:
    """A trigger of another source than Default is a running stream; a Kafka batch has texts, others objects."""
    config = {
        "eventRuleFilterPattern": "{}",
        "eventSourceConfig": {"eventSourceType": source, "eventSourceParameters": {"x": {"Topic": "t"}}},
        "eventSinkConfig": {"deliveryOption": {"eventSchema": "RawData"}},
        "runOptions": {"mode": "event-streaming", "batchWindow": {"CountBasedWindow": 2, "TimeBasedWindow": 1}},
    }
    trigger = {"triggerName": "queue", "triggerType": "eventbridge", "triggerConfig": config}
    deploy(
        here,
        TEXTS,
        triggers=[trigger],
    )

    here.bridge.streams.feed("echo-queue", [{"data": {"n": 1}}, {"data": {"n": 1}}])

    (batch, _) = json.loads(here.functions.invoke("echo", b"").body)
    assert json.loads(batch) == [element, element]
    assert here.bridge.registry.rules("default") == []


INVALID = [
    {"source": models.Source()},
    {"sink": models.Sink()},
    {"filter_pattern": '{"source":[{"like":"x"}]}'},
    {"run_options": models.RunOptions(batch_window=window(10_001, 1))},
    {"run_options": models.RunOptions(batch_window=window(1, 16))},
    {"run_options": models.RunOptions(errors_tolerance="SOME")},
    {"run_options": models.RunOptions(retry_strategy=models.RetryStrategy(push_retry_strategy="NEVER"))},
]


@pytest.mark.parametrize("changes", INVALID, ids=range(len(INVALID)))
def test_invalid_settings(here: Place, changes: dict[str, Any]) -> None:
    """Invalid settings are refused when a stream is created."""
    with pytest.raises(TeaException) as refusal:
        here.eb.create_event_streaming(models.CreateEventStreamingRequest(**{**settings(), **changes}))

    assert refusal.value.code in ("EventStreamingInvalid", "EventRuleFilterPatternInvalid")
    assert here.bridge.streams.all() == []


def test_a_trigger_with_an_invalid_stream(here: Place, deploy: Any) -> None:
    """A template with an invalid stream is refused with the file, the trigger and the reason."""
    config = {
        "eventRuleFilterPattern": "{}",
        "eventSourceConfig": {"eventSourceType": "MNS"},
        "runOptions": {"batchWindow": {"CountBasedWindow": 0, "TimeBasedWindow": 99}},
    }
    trigger = {"triggerName": "queue", "triggerType": "eventbridge", "triggerConfig": config}

    with pytest.raises(InvalidTemplateError, match=r"echo\.yaml: trigger queue of function echo: .* 0 to 15 seconds"):
        deploy(here, triggers=[trigger])


def test_a_batch_outlives_the_process(tmp_path: Path, write_template: Any) -> None:
    """A batch that was not delivered when the process ended is delivered by the next process."""
    template, data = write_template(SEEN), tmp_path / "cloud.sqlite"
    constant: JsonObject = {"Form": "CONSTANT", "Value": "echo"}
    first = local_cloud(data=data, template=template, readings=Readings(function_errors="retried"))
    streams = first.services["eventbridge"].streams
    streams.create(
        "s1",
        {
            "Source": {"SourceMNSParameters": {"QueueName": "q"}},
            "Sink": {"SinkFcParameters": {"FunctionName": constant}},
        },
    )
    streams.start("s1")
    first.clock.freeze()
    streams.feed("s1", [{"data": {"n": 1, "poison": True}}])
    assert streams.get("s1").batch is not None
    first.close()

    write_template(TEXTS)
    second = local_cloud(data=data, template=template)
    bridge = second.services["eventbridge"]
    second.advance(30)

    assert (bridge.streams.get("s1").delivered, bridge.streams.get("s1").batch) == (1, None)
    second.close()
