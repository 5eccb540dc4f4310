"""Resources: what their product's API says of them, such as a name and an owner, beside the records.

A row is written by those who ask the API, and no event reads or writes one. It is no part of any record's state: a
record without it is whole, and nothing waits for it. A resource that the API no longer has keeps what was last said of
it. Names and tags are other people's text: they are stored as they are, and escaped where they are shown.

Source of the fields: DescribeInstances, help.aliyun.com/document_detail/25506.html, alibabacloud_ecs20140526 7.11.8.
"""

from __future__ import annotations

from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from opsledger import strict_json, timestamps
from opsledger.ledger import codec
from opsledger.ledger.commit import Change, commit
from opsledger.store import Key, read_rows
from opsledger.store.tables import RESOURCES, RESOURCES_BY_NAME, hashed, unhashed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from opsledger.deadline import Deadline
    from opsledger.store import Row, Store, Value
    from opsledger.strict_json import JsonObject, JsonValue

DEFAULT_OWNER_TAG: Final = "owner"
MOST_TEXT: Final = 256
"""Characters of a name or a value; ECS allows 128."""
MOST_TAGS: Final = 50
CONFIRMED_EVERY_MS: Final = 24 * 3_600_000
"""A row that says the same is written again once it is a day old, so that a look at all instances costs few writes."""
_TEXTS: Final = ("name", "owner", "region", "zone", "instance_type", "resource_group")
"""The columns that a row has only where they are not empty."""


class CloudResource(NamedTuple):
    """What the API says of one resource; an empty text where it says nothing.

    Attributes:
        id: `<product>:<type>:<id>`, such as `ecs:instance:i-…`: what `Record.partition` gives.
        name: as its owner called it.
        owner: the value of the owner tag.
        tags: by their keys.
        as_of: when the API said so, in ms; to the day, where it says the same for long.
    """

    id: str
    name: str = ""
    owner: str = ""
    region: str = ""
    zone: str = ""
    instance_type: str = ""
    resource_group: str = ""
    tags: Mapping[str, str] = MappingProxyType({})
    as_of: int = 0

    def to_json(self) -> JsonObject:
        """For programs; None for what is not known."""
        texts: JsonObject = {name: getattr(self, name) or None for name in _TEXTS}
        return {**texts, "tags": dict(self.tags), "as_of": timestamps.show(self.as_of)}

    def has_tag(self, wanted: str) -> bool:
        """Whether it has a tag: `key=value`, or a key alone with any value."""
        key, equals, value = wanted.partition("=")
        return key in self.tags and (not equals or self.tags[key] == value)


def of_instance(row: JsonObject, now_ms: int, owner_tag: str = DEFAULT_OWNER_TAG) -> CloudResource | None:
    """The instance in a row of DescribeInstances; None if the row names none.

    Args:
        owner_tag: the key of the tag whose value is the owner.
    """
    id_ = _text(row.get("InstanceId"))
    if not id_:
        return None
    tags = dict(islice(_tags(row.get("Tags")), MOST_TAGS))
    return CloudResource(
        id=f"ecs:instance:{id_}",
        name=_text(row.get("InstanceName")),
        owner=tags.get(owner_tag, ""),
        region=_text(row.get("RegionId")),
        zone=_text(row.get("ZoneId")),
        instance_type=_text(row.get("InstanceType")),
        resource_group=_text(row.get("ResourceGroupId")),
        tags=tags,
        as_of=now_ms,
    )


def _tags(value: JsonValue) -> Iterator[tuple[str, str]]:
    tags = value.get("Tag") if isinstance(value, dict) else None
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and (key := _text(tag.get("TagKey"))):
            yield key, _text(tag.get("TagValue"))


def _text(value: JsonValue) -> str:
    """A text from outside as it can be stored: cut to `MOST_TEXT`, and empty if it is no text or no Unicode."""
    text = value[:MOST_TEXT] if isinstance(value, str) else ""
    return text if not any("\ud800" <= character <= "\udfff" for character in text) else ""


# ----------------------------------------------------------------------------------------------------------- rows
def resource_key(id_: str) -> Key:
    """The key of the row of the resource with that id."""
    return Key(RESOURCES, (hashed(id_),))


def resource_in(row: Row) -> str:
    """The id of the resource of the record in a row."""
    return ":".join(str(row.columns[column]) for column in ("product", "resource_type", "resource_id"))


def read_resource(row: Row) -> CloudResource:
    """The resource in a row."""
    columns = row.columns
    tags = strict_json.read_object(str(columns["tags"]))
    texts: dict[str, Any] = {name: str(columns.get(name, "")) for name in _TEXTS}
    return CloudResource(
        unhashed(str(row.key.values[0])),
        **texts,
        tags={key: str(value) for key, value in tags.items()},
        as_of=int(columns["as_of"]),
    )


class SaveResource(Change[CloudResource]):
    """What the API says of a resource is stored, unless what is stored is newer or says the same."""

    def __init__(self, resource: CloudResource) -> None:
        self.key = resource_key(resource.id)
        self._resource = resource

    def decode(self, row: Row) -> CloudResource:
        """The resource in the row."""
        return read_resource(row)

    def encode(self, stored: CloudResource) -> Mapping[str, Value]:
        """The resource's columns."""
        texts = {name: str(value) for name in _TEXTS if (value := getattr(stored, name))}
        return {"schema": codec.SCHEMA, "tags": strict_json.write(dict(stored.tags)), "as_of": stored.as_of, **texts}

    def decide(self, stored: CloudResource | None) -> CloudResource:
        """The newer of the two."""
        given = self._resource
        if stored is None:
            return given
        same = stored._replace(as_of=given.as_of) == given
        return stored if given.as_of < stored.as_of + (CONFIRMED_EVERY_MS if same else 0) else given


def save(store: Store, resources: Sequence[CloudResource], deadline: Deadline, writer: str) -> None:
    """Store what an API says of resources; a hundred cost one read and, where something is new, one write.

    Raises:
        WorldFailedError: the store failed until time was up.
    """
    newest = {resource.id: resource for resource in sorted(resources, key=lambda resource: resource.as_of)}
    commit(store, [SaveResource(resource) for resource in newest.values()], deadline, writer)


# -------------------------------------------------------------------------------------------------------- queries
def find(store: Store, ids: Iterable[str]) -> dict[str, CloudResource]:
    """The resources with those ids, as far as they are known, by their ids; a hundred in one read."""
    found = map(read_resource, read_rows(store, map(resource_key, dict.fromkeys(ids))))
    return {resource.id: resource for resource in found}


def unknown(store: Store, ids: Iterable[str]) -> list[str]:
    """Those of the ids, each once, of which nothing is known: whom to ask the API for."""
    wanted = list(dict.fromkeys(ids))
    known = find(store, wanted)
    return [id_ for id_ in wanted if id_ not in known]


def named(store: Store, name: str) -> Iterator[str]:
    """The ids of the resources whose name, as it was last known, is exactly this."""
    return (unhashed(str(row.key.values[0])) for row in store.walk(RESOURCES_BY_NAME, (name,)))
