"""A corpus: forms of events as they really arrive, each with its public source and whether it matters.

A corpus is a file, or a folder with files, of one of these kinds: `.json` with one form or a list of forms, `.jsonl`
with one form a line. A form is an object:

| key | meaning |
|---|---|
| `name` | a name for it; without one, the file and the position |
| `event` | a CloudEvent, or a Kubernetes event, which is wrapped as kube-eventer wraps it |
| `matters` | whether it is an operational event; without it, OpsLedger decides as its function does |
| `public_source` | the address where the form can be seen; none if there is no such place |
| `why` | what the form shows |

A bare event, or a Kubernetes `List` of them, is a corpus too. What no bus carries, such as a notification of
CloudMonitor or an element of the ECI API, is skipped.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from opsledger import strict_json
from opsledger.errors import BadEventError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opsledger.strict_json import JsonObject, JsonValue


class CorpusError(ValueError):
    """A file of a corpus cannot be read; the message says which and why."""


class CorpusForm(NamedTuple):
    """One form of an event.

    Attributes:
        where: its file, with its position where the file has several.
        event: the CloudEvent that EventBridge carries.
        matters: whether it is an operational event; None leaves that to the function.
        public_source: the address where the form can be seen; empty if there is none.
    """

    name: str
    where: str
    event: JsonObject
    matters: bool | None = None
    public_source: str = ""
    why: str = ""


class Corpus(NamedTuple):
    """The forms of a corpus, and where it has something that no bus carries."""

    forms: list[CorpusForm]
    skipped: list[str]


def read(path: Path) -> Corpus:
    """Every form in a file, or in the `.json` and `.jsonl` files of a folder and its folders.

    Raises:
        CorpusError: a file is not a corpus, or there is no form.
        OSError: a file cannot be read.
    """
    files = sorted(file for file in path.rglob("*") if file.suffix in _READERS) if path.is_dir() else [path]
    found = [one for file in files for one in _read_file(file)]
    corpus = Corpus(
        [one for one in found if isinstance(one, CorpusForm)], [one for one in found if isinstance(one, str)]
    )
    if not corpus.forms:
        raise CorpusError(f"{path}: no event that a bus carries; a corpus has .json or .jsonl files")
    return corpus


def is_kubernetes(value: object) -> TypeGuard[JsonObject]:
    """Whether a value is an event of Kubernetes as its API gives it."""
    return isinstance(value, dict) and isinstance(value.get("involvedObject"), dict) and "reason" in value


def pushed(event: JsonObject) -> JsonObject:
    """The CloudEvent that kube-eventer makes of a Kubernetes event.

    Source: sinks/eventbridge/driver.go of github.com/AliyunContainerService/kube-eventer. Its id is new for each push;
    here it follows from the event.
    """
    about = event.get("involvedObject")
    kind = about.get("kind") if isinstance(about, dict) else None
    return {
        "id": hashlib.sha256(strict_json.write(event).encode()).hexdigest()[:32],
        "source": "acs.cs",
        "specversion": "1.0",
        "type": f"cs:k8s:{kind}RelatedEvent" if kind else "cs:k8s:UnknownTypeEvent",
        "datacontenttype": "application/json",
        "data": event,
    }


def _read_file(file: Path) -> Iterator[CorpusForm | str]:
    reader = _READERS.get(file.suffix, _whole)
    try:
        entries = [*_expanded(reader(file.read_text(encoding="utf-8")))]
    except (BadEventError, UnicodeDecodeError) as error:
        raise CorpusError(f"{file}: {error}") from None
    for number, entry in enumerate(entries, start=1):
        yield _form(entry, str(file) if len(entries) == 1 else f"{file}:{number}")


def _whole(text: str) -> list[JsonValue]:
    value = strict_json.read(text)
    return value if isinstance(value, list) else [value]


def _lines(text: str) -> list[JsonValue]:
    return [strict_json.read(line) for line in text.splitlines() if line.strip()]


_READERS = {".json": _whole, ".jsonl": _lines}


def _expanded(entries: list[JsonValue]) -> Iterator[JsonValue]:
    """The entries, and those of a Kubernetes `List` in its place."""
    for entry in entries:
        items = entry.get("items") if isinstance(entry, dict) else None
        yield from items if isinstance(items, list) else [entry]


def _form(entry: JsonValue, where: str) -> CorpusForm | str:
    """A form; of what no bus carries, where it is."""
    if not isinstance(entry, dict):
        return where
    inner = entry.get("event") if "specversion" not in entry else None
    described = entry if isinstance(inner, dict) else {}
    matters = described.get("matters")
    if not isinstance(matters, bool | None):
        raise CorpusError(f"{where}: matters is true or false")
    event: JsonObject = inner if isinstance(inner, dict) else entry
    if is_kubernetes(event):
        event = pushed(event)
    if not (isinstance(event.get("source"), str) and isinstance(event.get("type"), str)):
        return where
    name, source, why = (str(described.get(key) or "") for key in ("name", "public_source", "why"))
    return CorpusForm(name or where, where, event, matters, source, why)
