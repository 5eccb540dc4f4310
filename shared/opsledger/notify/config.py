"""Who is to be notified of what: the channels, and the routes that lead to them.

`OPSLEDGER_NOTIFY` has the address of one channel, or all of this as JSON; `opsledger notify compile` makes the JSON of
a YAML file. An address alone is enough: whatever is a warning or worse then goes there.
"""

from __future__ import annotations

import re
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from opsledger import strict_json, timestamps
from opsledger.errors import BadEventError, FieldError, OpsLedgerError
from opsledger.notify.channel_config import ChannelConfig, ConfigPart, Texts, Zone
from opsledger.notify.zones import local, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from typing_extensions import Self

MINUTE_MS: Final = 60_000
REMINDERS_MS: Final = (24 * 60 * MINUTE_MS, 2 * 60 * MINUTE_MS, 15 * MINUTE_MS)
"""Before the deadline: a day, two hours, a quarter of an hour."""
DEFAULT_CHANNEL: Final = "default"
_UNITS: Final = {"m": MINUTE_MS, "h": 60 * MINUTE_MS, "d": 24 * 60 * MINUTE_MS}
_SPAN: Final = re.compile(r"(\d{1,4})(m|h|d)", re.ASCII)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_NAMED: Final = re.compile(r"\$([A-Z][A-Z0-9_]{0,63})", re.ASCII)
_SECRETS: Final = ("url", "secret", "user")
MORE_THAN_INFO: Final = ("warning", "critical")
FIELDS: Final = (
    *("type", "kind", "product", "severity", "status", "region", "account", "resource"),
    *("name", "owner", "tag", "zone", "resource_group", "drill"),
)
"""What a route may ask of a record; those of the second line are known only of resources that an API has described."""
NO_DRILL: Final = ("no",)

Facts = dict[str, tuple[str, ...]]
"""What a record is, by the names of `FIELDS`; each with the words that it may be called by."""
Field_ = Literal[
    "type",
    "kind",
    "product",
    "severity",
    "status",
    "region",
    "account",
    "resource",
    "name",
    "owner",
    "tag",
    "zone",
    "resource_group",
    "drill",
]


class NotifyConfigError(OpsLedgerError):
    """The configuration is invalid; `errors` has each place with what is wrong there, and shows no secret."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{path or 'notify'}: {message}" for path, message in errors))
        self.errors = tuple(errors)


def _span(value: object) -> object:
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("should be a number with m, h or d behind it, such as 2h")
    return int(match[1]) * _UNITS[match[2]]


def _clock(value: object) -> object:
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('should be a time such as "22:00", in quotes')
    return int(match[1]) * 60 + int(match[2])


def _moment(value: object) -> object:
    try:
        return timestamps.parse(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('should be a moment such as "2026-12-24T00:00:00Z", in quotes') from None


Match = dict[Field_, Texts]
Span = Annotated[int, BeforeValidator(_span)]
Moment = Annotated[int, BeforeValidator(_moment)]
Minutes = Annotated[int, BeforeValidator(_clock)]


class Route(ConfigPart):
    """Which records go to which channels.

    Records below a warning only go where `match` names their severity, and drills where it names `drill`.

    Attributes:
        match: field → the words or patterns (with `*`), one of which it must be.
        goes_on: whether the routes after it are asked too.
    """

    match: Match = Field(default_factory=dict)
    channels: Texts = ()
    goes_on: bool = Field(default=False, alias="continue")

    def admits(self, facts: Facts) -> bool:
        """Whether a record is one of those."""
        return not self.unmet(facts)

    def unmet(self, facts: Facts) -> list[tuple[str, tuple[str, ...], str]]:
        """What it asks for that a record is not: the field, the words that it may be, and what it is."""
        asked: Mapping[Any, tuple[str, ...]] = {"severity": MORE_THAN_INFO, "drill": NO_DRILL, **self.match}
        given = {"drill": NO_DRILL, **facts}
        return [
            (field, patterns, " or ".join(given.get(field, ())) or "unknown")
            for field, patterns in asked.items()
            if not _matches({field: patterns}, given)
        ]


class QuietHours(ConfigPart):
    """Every day from one time to another nothing is sent but what is critical; it is sent at the end of them."""

    begin: Minutes = Field(alias="from")
    end: Minutes = Field(alias="to")
    zone: Zone = "UTC"

    def over(self, now_ms: int) -> int:
        """When they are over, on the zone's clocks; `now_ms` where they are not on.

        Where clocks are put forward over the end, it is as much later; where they are put back over it, the end that is
        still to come counts.
        """
        at = local(now_ms, self.zone)
        minute = at.hour * 60 + at.minute
        if (minute - self.begin) % _DAY >= (self.end - self.begin) % _DAY:
            return now_ms
        day = at if minute < self.end else at + timedelta(days=1)
        end = day.replace(hour=self.end // 60, minute=self.end % 60, second=0, microsecond=0, fold=0)
        return next(filter(now_ms.__lt__, map(moment_of, (end, end.replace(fold=1)))))


_DAY: Final = 24 * 60


class MuteWindow(ConfigPart):
    """Records of which nothing is sent in a span of time, such as a planned outage."""

    match: Match = Field(default_factory=dict)
    begin: Moment = Field(alias="from")
    end: Moment = Field(alias="until")

    def mutes(self, facts: Facts, now_ms: int) -> bool:
        """Whether it is on for a record."""
        return self.begin <= now_ms < self.end and _matches(self.match, facts)


class NotifyConfig(ConfigPart):
    """All of it.

    Attributes:
        channels: by the team's own names for them.
        routes: asked in order; the default is everything to every channel.
        reminders: how long before a deadline, in ms.
        link: the address of a page with more, with `{record}` in it for the record's key.
        title, lines: templates in place of the built-in ones (`string.Template`).
        silent_after: after how long without a sign of the poller or the sweeper people are notified, in ms.
        allow_private: whether channels may be inside private networks, and have addresses with http://.
    """

    channels: dict[str, ChannelConfig]
    routes: tuple[Route, ...] = ()
    reminders: tuple[Span, ...] = REMINDERS_MS
    quiet: tuple[QuietHours, ...] = ()
    mute: tuple[MuteWindow, ...] = ()
    link: str = ""
    title: str = ""
    lines: Texts = ()
    silent_after: Span = 60 * MINUTE_MS
    allow_private: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        for number, route in enumerate(self.routes):
            for name in route.channels:
                if name not in self.channels:
                    raise ValueError(f"routes.{number} names the channel {name!r}, which is not in channels")
        return self

    def channels_of(self, facts: Facts) -> tuple[str, ...]:
        """The channels that are to have what happens to a record, each once."""
        return tuple(dict.fromkeys(name for route in self.routes_of(facts) for name in route.channels or self.channels))

    def routes_of(self, facts: Facts) -> Iterator[Route]:
        """The routes that a record takes."""
        for route in self.routes or (Route(),):
            if route.admits(facts):
                yield route
                if not route.goes_on:
                    return

    def muted(self, facts: Facts, now_ms: int) -> bool:
        """Whether a mute window is on for a record."""
        return any(window.mutes(facts, now_ms) for window in self.mute)

    def send_at(self, severity: str, now_ms: int) -> int:
        """When something may be sent: now, or when the quiet hours are over."""
        return now_ms if severity == "critical" else max([now_ms, *(quiet.over(now_ms) for quiet in self.quiet)])


def _matches(match: Mapping[Any, tuple[str, ...]], facts: Facts) -> bool:
    return all(
        any(fnmatchcase(word.lower(), pattern.lower()) for word in facts.get(field, ()) for pattern in patterns)
        for field, patterns in match.items()
    )


def read(text: str, secret: str = "", environment: Mapping[str, str] | None = None) -> NotifyConfig | None:
    """The configuration in `OPSLEDGER_NOTIFY`; None where it is empty.

    Args:
        text: the address of a channel, or JSON.
        secret: that of the channel, where `text` is its address.
        environment: the variables that an address or a secret in the JSON may name, as `$NAME`.

    Raises:
        NotifyConfigError: it is invalid.
    """
    text = text.strip()
    if not text:
        return None
    if not text.startswith("{"):
        return validate({"channels": {DEFAULT_CHANNEL: {"url": text, "secret": secret.strip()}}})
    try:
        return validate(strict_json.read_object(text), environment)
    except BadEventError as error:
        raise NotifyConfigError([FieldError("", f"not JSON: {error}")]) from None


def validate(given: object, environment: Mapping[str, str] | None = None) -> NotifyConfig:
    """The configuration in parsed JSON or YAML.

    Raises:
        NotifyConfigError: it is invalid.
    """
    try:
        return NotifyConfig.model_validate(_resolved(given, {} if environment is None else environment))
    except ValidationError as error:
        raise NotifyConfigError(
            [
                FieldError(".".join(map(str, e["loc"])), str(e["msg"]).removeprefix("Value error, "))
                for e in error.errors(include_input=False, include_url=False)
            ]
        ) from None


def _resolved(given: Any, environment: Mapping[str, str]) -> Any:
    """The configuration with the variables that its addresses and secrets name in their place."""
    channels = given.get("channels") if isinstance(given, dict) else None
    if not isinstance(channels, dict):
        return given
    return {**given, "channels": {name: _with_variables(name, c, environment) for name, c in channels.items()}}


def _with_variables(name: str, channel: Any, environment: Mapping[str, str]) -> Any:
    if not isinstance(channel, dict):
        return channel
    filled = dict(channel)
    for field in _SECRETS:
        value = channel.get(field)
        match = _NAMED.fullmatch(value) if isinstance(value, str) else None
        if match is not None:
            if match[1] not in environment:
                raise NotifyConfigError([FieldError(f"channels.{name}.{field}", f"the variable {match[1]} is not set")])
            filled[field] = environment[match[1]].strip()
    return filled
