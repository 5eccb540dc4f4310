"""What is kept of an event stream: its settings, its status, and the batch it is trying to deliver.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/advanced-features-of-triggers: a batch is pushed when
it has CountBasedWindow events (1 to 10,000) or is TimeBasedWindow seconds old (0 to 15), whichever comes first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from yunmock.eventbridge import retry
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.model import check_pattern
from yunmock.eventbridge.transform import InvalidTransformError, Transform

READY, RUNNING = "READY", "RUNNING"
MAX_COUNT = 10_000
MAX_SECONDS = 15
TOLERANCES = ("ALL", "NONE")
# The sources a stream may have; of each yunmock only knows the name, messages are fed by the test.
SOURCES = (
    "SourceMNSParameters",
    "SourceRabbitMQParameters",
    "SourceRocketMQParameters",
    "SourceKafkaParameters",
    "SourceMQTTParameters",
    "SourceDTSParameters",
    "SourceSLSParameters",
)
# Seen at functions: the elements of a Kafka batch are JSON texts, those of other sources objects.
# https://github.com/aliyun/fc-runtime-go-sdk/tree/master/events
TEXT_ELEMENTS = "SourceKafkaParameters"


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that failed to be delivered: what is tried again, how often it was, and when it is due."""

    events: list[dict[str, Any]]
    retries: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class Stream:
    """An event stream; `settings` is what CreateEventStreaming was given."""

    name: str
    settings: dict[str, Any]
    status: str = READY
    batch: Batch | None = None
    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    last_error: str = ""
    created_ms: int = field(default=0)

    @property
    def source(self) -> str:
        """Which of SOURCES it reads."""
        return next((name for name in SOURCES if self.settings["Source"].get(name)), "")

    @property
    def pattern(self) -> str:
        """Its event pattern."""
        return str(self.settings.get("FilterPattern") or "{}")

    @property
    def function(self) -> str:
        """The function it feeds."""
        return str(_sink(self.settings)["FunctionName"]["Value"])

    @property
    def asynchronous(self) -> bool:
        """Whether it invokes asynchronously."""
        return bool((_sink(self.settings).get("InvocationType") or {}).get("Value") == "Async")

    @property
    def transform(self) -> Transform:
        """What becomes of each event."""
        body = _sink(self.settings).get("Body") or {"Form": "ORIGINAL"}
        return Transform.parse(str(body.get("Form")), body.get("Value"), body.get("Template"))

    @property
    def window(self) -> tuple[int, float]:
        """How many events, and how many seconds, fill a batch."""
        window = self._options.get("BatchWindow") or {}
        return int(window.get("CountBasedWindow") or 1), float(window.get("TimeBasedWindow") or 0)

    @property
    def tolerant(self) -> bool:
        """Whether it goes on after a batch that could not be delivered."""
        return bool(self._options.get("ErrorsTolerance", "ALL") != "NONE")

    @property
    def dead_letter(self) -> str:
        """The ARN for what could not be delivered."""
        return str((self._options.get("DeadLetterQueue") or {}).get("Arn") or "")

    def wait_s(self, number: int) -> float | None:
        """Seconds until retry `number`, None when there is none."""
        strategy = self._options.get("RetryStrategy") or {}
        return retry.wait_s(str(strategy.get("PushRetryStrategy") or retry.BACKOFF), number, self.name)

    @property
    def _options(self) -> dict[str, Any]:
        return self.settings.get("RunOptions") or {}


def check_settings(name: str, settings: dict[str, Any]) -> None:
    """Refuse settings that no stream could run with.

    Raises:
        EventBridgeError: EventStreamingInvalid, or EventRuleFilterPatternInvalid.
    """
    stream = Stream(name, settings)
    check_pattern(stream.pattern)
    try:
        _check(stream)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidTransformError) as error:
        raise EventBridgeError("EventStreamingInvalid", name, error) from None


def encode(stream: Stream) -> bytes:
    """A stream as bytes."""
    return json.dumps(asdict(stream)).encode()


def decode(text: bytes) -> Stream:
    """A stream from its bytes."""
    content = json.loads(text)
    return Stream(**{**content, "batch": Batch(**content["batch"]) if content["batch"] else None})


def _check(stream: Stream) -> None:
    if not stream.source:
        raise ValueError(f"Source names none of {list(SOURCES)}")
    if not stream.function:
        raise ValueError("yunmock streams to functions only: SinkFcParameters.FunctionName is missing")
    _ = stream.transform, stream.asynchronous
    count, seconds = stream.window
    if not (1 <= count <= MAX_COUNT and 0 <= seconds <= MAX_SECONDS):
        raise ValueError(f"a batch window has 1 to {MAX_COUNT} events and 0 to {MAX_SECONDS} seconds")
    options = stream.settings.get("RunOptions") or {}
    strategy = (options.get("RetryStrategy") or {}).get("PushRetryStrategy") or retry.BACKOFF
    if strategy not in retry.STRATEGIES or options.get("ErrorsTolerance", "ALL") not in TOLERANCES:
        raise ValueError(f"PushRetryStrategy is one of {sorted(retry.STRATEGIES)}, ErrorsTolerance of {TOLERANCES}")


def _sink(settings: dict[str, Any]) -> dict[str, Any]:
    sink: dict[str, Any] = settings["Sink"].get("SinkFcParameters") or {}
    if not (sink.get("FunctionName") or {}).get("Value"):
        raise ValueError("yunmock streams to functions only: SinkFcParameters.FunctionName is missing")
    return sink
