"""An event stream: its settings, its status, and the batch it is trying to deliver.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/advanced-features-of-triggers: a batch is pushed when
it has CountBasedWindow events (1 to 10,000), is TimeBasedWindow seconds old (0 to 15), or is as large as an invocation
may be (32 MB, asynchronously 128 KB), whichever comes first. A larger batch is sent in several invocations.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from yunmock.eventbridge import retry
from yunmock.eventbridge.errors import EventBridgeError
from yunmock.eventbridge.fields import number, one_of, optional_text, section
from yunmock.eventbridge.model import check_pattern
from yunmock.eventbridge.transform import InvalidTransformError, Transform
from yunmock.exact_json import load_json, store_json

if TYPE_CHECKING:
    from yunmock.eventbridge.event import Event
    from yunmock.json_types import JsonObject

READY, RUNNING = "READY", "RUNNING"
MAX_COUNT = 10_000
MAX_SECONDS = 15
MAX_BODY_BYTES, MAX_ASYNC_BODY_BYTES = 32 * 2**20, 128 * 2**10
TOLERANCES = ("ALL", "NONE")
# The sources a stream may have; of all but queues yunmock knows only the names, and a test feeds the messages.
SOURCES = (
    "SourceMNSParameters",
    "SourceRabbitMQParameters",
    "SourceRocketMQParameters",
    "SourceKafkaParameters",
    "SourceMQTTParameters",
    "SourceDTSParameters",
    "SourceSLSParameters",
)
# In a Kafka batch the elements are JSON texts, in those of other sources objects:
# https://github.com/aliyun/fc-runtime-go-sdk/tree/master/events
TEXT_ELEMENTS = "SourceKafkaParameters"


@dataclass(frozen=True, slots=True)
class Batch:
    """Events to be delivered together: how many retries they have had, and when the next is due."""

    events: list[Event]
    retries: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class Stream:
    """An event stream; `settings` is what CreateEventStreaming was given."""

    name: str
    settings: JsonObject
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
        source = section(self.settings, "Source")
        return next((name for name in SOURCES if source.get(name)), "")

    @property
    def source_parameters(self) -> JsonObject:
        """The settings of its source."""
        return section(section(self.settings, "Source"), self.source)

    @property
    def pattern(self) -> str:
        """Its event pattern."""
        return str(self.settings.get("FilterPattern") or "{}")

    @property
    def function(self) -> str:
        """The function that receives its batches."""
        return str(section(self._sink, "FunctionName")["Value"])

    @property
    def asynchronous(self) -> bool:
        """Whether it invokes asynchronously."""
        return section(self._sink, "InvocationType").get("Value") == "Async"

    @property
    def transform(self) -> Transform:
        """What the function receives of each event."""
        body = section(self._sink, "Body") or {"Form": "ORIGINAL"}
        return Transform.parse(str(body.get("Form")), optional_text(body, "Value"), optional_text(body, "Template"))

    @property
    def window(self) -> tuple[int, float]:
        """How many events, and how many seconds, complete a batch."""
        window = section(self._options, "BatchWindow")
        return int(number(window, "CountBasedWindow", 1)), number(window, "TimeBasedWindow", 0)

    @property
    def max_bytes(self) -> int:
        """How many bytes one invocation may have."""
        return MAX_ASYNC_BODY_BYTES if self.asynchronous else MAX_BODY_BYTES

    @property
    def tolerance(self) -> str:
        """One of TOLERANCES: whether it goes on after a batch that cannot be delivered."""
        return one_of(self._options, "ErrorsTolerance", "ALL", TOLERANCES)

    @property
    def tolerant(self) -> bool:
        """Whether it goes on after a batch that cannot be delivered."""
        return self.tolerance != "NONE"

    @property
    def dead_letter(self) -> str:
        """The ARN for events that cannot be delivered."""
        return str(section(self._options, "DeadLetterQueue").get("Arn") or "")

    @property
    def strategy(self) -> str:
        """Its retry strategy."""
        strategies = section(self._options, "RetryStrategy")
        return one_of(strategies, "PushRetryStrategy", retry.BACKOFF, sorted(retry.STRATEGIES))

    def wait_s(self, number: int) -> float | None:
        """Seconds until retry `number`, None if there is no such retry."""
        return retry.wait_s(self.strategy, number, self.name)

    @property
    def _sink(self) -> JsonObject:
        sink = section(section(self.settings, "Sink"), "SinkFcParameters")
        if not section(sink, "FunctionName").get("Value"):
            raise ValueError("yunmock streams to functions only: SinkFcParameters.FunctionName is missing")
        return sink

    @property
    def _options(self) -> JsonObject:
        return section(self.settings, "RunOptions")


def check_settings(name: str, settings: JsonObject) -> None:
    """Check the settings of a stream.

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
    return store_json(asdict(stream))


def decode(text: bytes) -> Stream:
    """A stream from its bytes."""
    content: Any = load_json(text)
    return Stream(**{**content, "batch": Batch(**content["batch"]) if content["batch"] else None})


def _check(stream: Stream) -> None:
    if not stream.source:
        raise ValueError(f"Source must have one of {list(SOURCES)}")
    count, seconds = stream.window
    if not (1 <= count <= MAX_COUNT and 0 <= seconds <= MAX_SECONDS):
        raise ValueError(f"a batch window has 1 to {MAX_COUNT} events and 0 to {MAX_SECONDS} seconds")
    # Reading a property checks it.
    _ = stream.function, stream.transform, stream.asynchronous, stream.strategy, stream.tolerance, stream.dead_letter
    _ = stream.source_parameters
