"""One channel of the configuration: where it is, and in which language and zone its readers live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from opsledger.notify.channels import CHANNELS, Target, eventbridge, kind_of_url
from opsledger.notify.channels.email import ADDRESS
from opsledger.notify.zones import zone

if TYPE_CHECKING:
    from typing_extensions import Self

EMAIL: Final = "email"
_CHINESE: Final = ("dingtalk", "feishu", "wecom")
_BUS: Final = re.compile(r"(?!default$|eventbridge-reserved-)[A-Za-z0-9][A-Za-z0-9-]{0,126}", re.ASCII)
"""Users cannot publish on the bus `default` (alibabacloud.com/help/en/doc-detail/163897.htm)."""
_WITHOUT_URL: Final = ("pagerduty",)
_OF_KIND: Final = {"user": EMAIL, "from": EMAIL, "to": EMAIL, "bus": eventbridge.SERVICE}
"""Settings that only one kind of channel has."""


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _zone(value: str) -> str:
    zone(value)
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Zone = Annotated[str, AfterValidator(_zone)]


class ConfigPart(BaseModel):
    """A part of the configuration: errors show no value, and unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ChannelConfig(ConfigPart):
    """One channel.

    Attributes:
        user, sender, to: of e-mail: the login, the address that it is from, and those that it goes to.
        bus: of EventBridge: the name of a bus of one's own.
    """

    url: str = ""
    kind: str = ""
    secret: str = ""
    user: str = ""
    sender: str = Field(default="", alias="from")
    to: Texts = ()
    bus: str = ""
    keyword: str = ""
    mention: Texts = ()
    language: Literal["en", "zh", "ja", ""] = ""
    zone: Zone | Literal[""] = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.kind and self.kind not in CHANNELS:
            raise ValueError(f"kind should be one of {', '.join(CHANNELS)}")
        if not self.url and self.kind not in _WITHOUT_URL:
            raise ValueError("url is missing")
        if self.url and (kind_of_url(self.url) == EMAIL) is not (self.channel == EMAIL):
            raise ValueError("kind should be email for an address with smtps:// or smtp://, and for no other")
        for name, kind in _OF_KIND.items():
            if self.settings[name] and self.channel != kind:
                raise ValueError(f"{name} is for the kind {kind}")
        if self.channel == eventbridge.SERVICE and (self.secret or not _BUS.fullmatch(self.bus)):
            raise ValueError("bus should name a bus of your own; the role's keys sign, so there is no secret")
        self._check_mail()
        return self

    def _check_mail(self) -> None:
        if self.channel != EMAIL:
            return
        if not self.to or not all(map(ADDRESS.fullmatch, (self.sender, *self.to))):
            raise ValueError("from and to should be addresses such as ops@example.com")
        if bool(self.user) is not bool(self.secret):
            raise ValueError("user and secret should both be there, or neither")
        if not (self.user + self.secret).isascii():
            raise ValueError("user and secret should be ASCII: the login of SMTP has no other form")

    @property
    def channel(self) -> str:
        """The kind of channel, by its name or its address."""
        return self.kind or kind_of_url(self.url)

    @property
    def settings(self) -> dict[str, str]:
        """What only some kinds have."""
        return {"user": self.user, "from": self.sender, "to": ",".join(self.to), "bus": self.bus}

    @property
    def reader_language(self) -> str:
        """The language of its texts: Chinese for the Chinese services, unless it is given."""
        return self.language or ("zh" if self.channel in _CHINESE else "en")

    @property
    def reader_zone(self) -> str:
        """The zone of its times, likewise."""
        return self.zone or ("+08:00" if self.channel in _CHINESE else "UTC")

    def target(self, name: str) -> Target:
        """Where the channel called `name` sends."""
        return Target(name, self.channel, self.url, self.secret, self.keyword, self.mention, self.settings)
