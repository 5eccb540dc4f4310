"""Bad input: quarantined byte for byte with a reason, never raised; hostile text is escaped in all places."""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsctl.cli import terminal
from opsctl.cli.options import OutputForm
from opsctl.cli.render import records
from opsledger.handlers import log
from opsledger.ledger import queries
from opsledger.ledger.enrichment import UNKNOWN
from opsledger.ledger.quarantine import quarantine_key
from opsledger.spreadsheet import printable

if TYPE_CHECKING:
    from tests.conftest import MakeEvent, MakeHarness, PipelineHarness

MB = 1_000_000
REBOOT = "ecs:Instance:SystemMaintenance.Reboot"

PAYLOADS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not_json"),
    "blank": (b" \n", "not_json"),
    "prose": (b"the instance rebooted", "not_json"),
    "cut short": (b'{"specversion": "1.0", "type": "ecs:Ins', "not_json"),
    "two values": (b"{} {}", "not_json"),
    "xml": (b"<event/>", "not_json"),
    "bytes": (bytes(range(256)), "not_json"),
    "not utf-8": (b'{"name": "\xff\xfe"}', "not_json"),
    "NUL": (b"\x00", "not_json"),
    "half a wide character": (b"\xff\x00 not json", "not_json"),
    "a wide surrogate alone": (b"[\x00\x00\xd8", "not_json"),
    "past the last character": (b"[\x00\x00\x00\xff\xff\xff\xff", "not_json"),
    "NaN": (b'{"specversion": "1.0", "a": NaN}', "not_json"),
    "overflow": (b'{"a": 1e999}', "not_json"),
    "huge integer": (b'{"a": ' + b"7" * 10_000 + b"}", "not_json"),
    "half a pair": (b'{"a": "\\udfff"}', "not_json"),
    "half a pair in bytes": (b'{"a": "\xed\xa0\x80"}', "not_json"),
    "null": (b"null", "unknown_envelope"),
    "true": (b"true", "unknown_envelope"),
    "number": (b"17", "unknown_envelope"),
    "text": (b'"hello"', "not_json"),
    "empty object": (b"{}", "unknown_envelope"),
    "nested array": (b"[[1, 2]]", "unknown_envelope"),
    "unknown fields": (b'{"b": 1, "a": 2}', "unknown_type"),
    "doubled keys": (b'{"a": 1,   "a": 2}', "unknown_type"),
    "deep object": (b'{"a":' * 80 + b"1" + b"}" * 80, "not_json"),
    "10 MB of nesting": (b"[" * (5 * MB) + b"]" * (5 * MB), "not_json"),
    "10 MB of open brackets": (b"[" * (10 * MB), "not_json"),
    "10 MB of nested objects": (b'{"a":' * (2 * MB), "not_json"),
    "10 MB of text": (b'"' + b"x" * (10 * MB) + b'"', "not_json"),
    "2 MB of escaped quotes in a text without an end": (b'["' + b'\\"' * MB + b"]", "not_json"),
    "10 MB in a field": (b'{"specversion": "1.0", "type": "' + b"x" * (10 * MB) + b'"}', "malformed_content"),
}

HOSTILE = {
    "ansi": "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "newline": "i-1\nFC Invoke End RequestId: forged\r\n",
    "format": "%s %n {0.__class__} ${PATH} $(id)",
    "markup": "[red]x[/red] [link=file:///etc/passwd]y[/link] [/]",
    "cdata": "]]><script>alert(1)</script>",
    "nul": "a\x00b",
    "right to left": "\u202egnp.exe",
    "separators": "\u2028\u2029\x85",
}


@pytest.mark.parametrize(("payload", "reason"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_bad_input_is_quarantined_byte_for_byte(harness: PipelineHarness, payload: bytes, reason: str) -> None:
    """It is one delivery, has the right reason, and its bytes can be read back."""
    assert harness.counts(payload) == {"quarantined": 1}

    (kept,) = harness.quarantine()
    # Of an array, each element is kept by itself.
    assert kept.payload == (b"[1, 2]" if payload == b"[[1, 2]]" else payload)
    assert (kept.reason, kept.digest) == (reason, hashlib.sha256(kept.payload).hexdigest())
    assert all(len(path) < 100 and 0 < len(message) < 300 for path, message in kept.errors)


@pytest.mark.parametrize(("payload", "reason"), PAYLOADS.values(), ids=PAYLOADS.keys())
def test_bad_input_does_not_keep_its_batch_from_being_recorded(
    harness: PipelineHarness, event: MakeEvent, payload: bytes, reason: str
) -> None:
    """Unless the bad input hides where the elements of the array end."""
    good = [json.dumps(event(seed=seed)).encode() for seed in "ab"]
    batch = b"[" + good[0] + b", " + payload + b"," + good[1] + b"]"

    counted = harness.counts(batch)

    if counted == {"quarantined": 1}:  # the brackets do not tell its end, so the array is kept whole
        assert harness.quarantine()[0].payload == batch
        assert (
            any(payload.count(a) != payload.count(b) for a, b in ((b"[", b"]"), (b"{", b"}")))
            or payload.count(b'"') % 2
        )
        return
    assert counted["recorded"] == 2
    assert {kept.reason for kept in harness.quarantine()} >= {reason} or payload.strip() == b""


def test_a_large_payload_is_kept_in_parts(any_harness: PipelineHarness) -> None:
    """Bytes that do not compress are cut into parts, and every store gives them back whole."""
    noise = random.Random(7).randbytes(2 * MB)  # noqa: S311 - bytes, not secrets

    assert any_harness.counts(noise) == {"quarantined": 1}
    assert any_harness.counts(noise) == {"quarantined": 1}

    (kept,) = any_harness.quarantine()
    assert kept.payload == noise
    assert kept.count == 2


def test_a_redelivery_does_not_rewrite_the_stored_bytes(harness: PipelineHarness) -> None:
    """Another runtime may compress otherwise, and its bytes must not be mixed with the stored ones."""
    harness.process(b"not json")
    key = quarantine_key(hashlib.sha256(b"not json").hexdigest())
    rows = harness.store.rows  # type: ignore[attr-defined]
    otherwise = zlib.compress(b"not json", 0)
    rows[key] = {**rows[key], "bytes": otherwise}
    harness.process(b"not json")

    assert (rows[key]["bytes"], rows[key]["count"]) == (otherwise, 2)


def test_one_distinct_payload_is_one_row(harness: PipelineHarness, event: MakeEvent) -> None:
    """Alone, in a batch, as a string or twice in one batch: the same bytes are counted in one row."""
    bad = '{"b": 1,  "a": 2}'
    harness.process(bad)
    harness.clock.sleep(60)
    harness.process(f"[{bad}, {json.dumps(event())}]")
    harness.process(json.dumps([bad, bad]))

    (kept,) = harness.quarantine()
    assert (kept.payload, kept.count) == (bad.encode(), 4)
    assert kept.last_received - kept.first_received == 60_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_batch_in_another_encoding_is_split(harness: PipelineHarness, event: MakeEvent, encoding: str) -> None:
    """Its bad elements are quarantined and the others recorded."""
    batch = json.dumps([event(), {"a": float("nan")}, {"b": "重"}], ensure_ascii=False)

    assert harness.counts(batch.encode(encoding)) == {"recorded": 1, "quarantined": 2}
    assert {kept.payload for kept in harness.quarantine()} == {b'{"a": NaN}', '{"b": "重"}'.encode()}


# ------------------------------------------------------------------------------------------------------- hostile text
FIELDS = ["eventId", "instanceId", "eventType", "eventStatus", "publishTime", "notBefore", "extra"]


@pytest.mark.parametrize(
    "place", ["id", "type", "source", "subject", "time", "aliyunaccountid", "aliyunregionid", *FIELDS]
)
def test_hostile_text_is_escaped_in_the_log_and_on_the_screen(
    any_harness: PipelineHarness, event: MakeEvent, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """In any field: a log line is still one line of ASCII, and a table has no control character."""
    for name, text in HOSTILE.items():
        sent = event(REBOOT, "Scheduled", seed=name)
        (sent["data"] if place in FIELDS else sent)[place] = text
        report = any_harness.process(sent)

        log.deliveries(report.entries, "request-1")
        logged = capsys.readouterr().out
        assert (logged.count("\n"), logged.isascii()) == (1, True), name
        assert json.loads(logged)["outcome"] == report.entries[0].disposition.value, name

    assert len(any_harness.stored()) + len(any_harness.quarantine()) >= len(HOSTILE)
    records.listing([(record, UNKNOWN) for record in any_harness.stored()], OutputForm.TABLE)
    for record in any_harness.stored():
        records.timeline(record)
    for kept in any_harness.quarantine():
        terminal.table(["reason", "errors"], [(kept.reason, kept.errors)])
        terminal.complain(kept.errors)
    shown = capsys.readouterr()

    for printed in (shown.out, shown.err):
        assert all(line.isprintable() for line in printed.split("\n"))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_markup_is_printed_as_text(capsys: pytest.CaptureFixture[str], text: str) -> None:
    """It is neither a style nor a link, and control characters are escaped."""
    terminal.say(text)
    terminal.table(["text"], [[text]])
    printed = capsys.readouterr().out

    assert printable(text) in printed
    assert "\x1b" not in printed


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_query_for_hostile_text_finds_nothing(harness: PipelineHarness, event: MakeEvent, text: str) -> None:
    """And raises no error."""
    harness.process(event())

    assert queries.find(harness.store, text) == []
    assert list(queries.records(harness.store, queries.Filter(resource=text))) == []
    assert list(queries.records(harness.store, queries.Filter(status=text, kind=text, region=text))) == []


# ------------------------------------------------------------------------------------------------------------- anything
def cut_wide(text: str) -> st.SearchStrategy[bytes]:
    """An array of `text` in a wide encoding, cut anywhere."""
    whole = st.sampled_from(["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]).map(
        lambda encoding: f'["{text}", 1]'.encode(encoding, "surrogatepass")
    )
    return st.tuples(whole, st.integers(0, 200)).map(lambda drawn: drawn[0][: drawn[1]])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text(max_size=20).flatmap(cut_wide))
def test_any_bytes_are_quarantined(make_harness: MakeHarness, payload: bytes) -> None:
    """No bytes raise an error, and every delivery is counted."""
    harness = make_harness()
    counted = harness.counts(payload)

    assert set(counted) <= {"quarantined"}
    assert sum(kept.count for kept in harness.quarantine()) == counted.get("quarantined", 0)


@given(data=st.data())
def test_a_sample_with_any_value_replaced_is_recorded_or_quarantined(
    make_harness: MakeHarness, event: MakeEvent, data: st.DataObject
) -> None:
    """In any envelope: the counts add up, and the other event of the batch is recorded."""
    form = data.draw(
        st.sampled_from(["cloudevent", "cloudmonitor", "cloudevent-base64", "cloudmonitor-attribute", "raw"])
    )
    broken: dict[str, Any] = event(form=form)
    inner = next((broken[n] for n in ("data", "content") if isinstance(broken.get(n), dict)), broken)
    target = data.draw(st.sampled_from([broken, inner]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(JSON)
    harness = make_harness()

    counted = harness.counts([broken, event(seed="neighbour")])

    assert sum(counted.values()) == 2
    assert "ecs:event:" + event(seed="neighbour")["data"]["eventId"] in harness.records()
