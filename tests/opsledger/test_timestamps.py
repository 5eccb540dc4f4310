"""Timestamps: every format that the vendor writes, and no other."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger import timestamps

APRIL = 1_554_783_506_000  # 2019-04-09T04:18:26Z

FORMS = [
    ("2019-04-09T04:18:26Z", APRIL),
    ("2019-04-09T04:18Z", APRIL - 26_000),
    ("2019-04-09 04:18:26Z", APRIL),
    ("20190409T121826.922+0800", APRIL + 922),
    ("2019-04-09T12:18:26+08:00", APRIL),
    ("2019-04-09T01:18:26-03:00", APRIL),
    ("2019-04-09T09:48:26+05:30", APRIL),
    ("2019-04-09T12:18:26.922Asia/Shanghai", APRIL + 922),
    ("2019-04-09T12:18:26.922PRC", APRIL + 922),
    ("2019-04-09T04:18:26UTC", APRIL),
    ("2019-04-09t04:18:26z", APRIL),
    ("2019-04-09T04:18:26.9Z", APRIL + 900),
    ("2019-04-09T04:18:26.922999999Z", APRIL + 922),
    ("2019-04-09T04:18:26,922Z", APRIL + 922),
    ("1554783506000", APRIL),
]

NOT_MOMENTS = [
    "",
    "now",
    "2019-04-09",
    "2019-04-09T04:18:26",  # no zone
    "2019-13-09T04:18:26Z",
    "2019-02-29T04:18:26Z",
    "2019-04-09T24:18:26Z",
    "2019-04-09T04:60:26Z",
    "2019-04-09T04:18:26+99:99",
    "2019-04-09T04:18:26+08:60",
    "2019-04-09T04:18:26Z ",
    "2019-04-09T04:18:26Z\n",
    "2019-04-09T04:18:26Europe/Paris",
    "201\u0669-04-09T04:18:26Z",
    "\uff11554783506000",  # a digit, and not ASCII
    "1554783506",  # seconds, not milliseconds
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2008-12-31T23:59:59Z",
    "2100-01-01T00:00:00Z",
    "0000000000000",
    "2019-04-09T04:18:26Z" * 1000,
]


@pytest.mark.parametrize(("text", "moment"), FORMS)
def test_every_format_of_the_vendor_is_read(text: str, moment: int) -> None:
    """As milliseconds since the epoch."""
    assert timestamps.parse(text) == moment


@pytest.mark.parametrize("text", NOT_MOMENTS)
def test_text_that_is_not_a_timestamp_is_refused(text: str) -> None:
    """Without a zone, out of range or ill-formed; the message has a part of a long text."""
    with pytest.raises(ValueError, match=r"\w") as refused:
        timestamps.parse(text)

    assert len(str(refused.value)) < 200


@given(st.integers(timestamps.EARLIEST_MS, timestamps.LATEST_MS - 1))
def test_a_shown_timestamp_is_read_back(moment: int) -> None:
    """`parse` is the inverse of `show` over the whole range."""
    assert timestamps.parse(timestamps.show(moment)) == moment


@given(st.integers(timestamps.EARLIEST_MS, timestamps.LATEST_MS - 1))
def test_a_timestamp_is_shown_as_the_standard_library_shows_it(moment: int) -> None:
    """To the second."""
    expected = datetime.fromtimestamp(moment // 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")

    assert timestamps.show(moment).startswith(expected)


@pytest.mark.parametrize("moment", [timestamps.EARLIEST_MS - 1, timestamps.LATEST_MS])
def test_timestamps_outside_the_range_are_refused(moment: int) -> None:
    """By one millisecond."""
    with pytest.raises(ValueError, match="2009 to 2099"):
        timestamps.parse(timestamps.show(moment))


@given(st.text(max_size=40))
def test_any_text_is_read_or_raises_value_error(text: str) -> None:
    """And no other error."""
    try:
        moment = timestamps.parse(text)
    except ValueError:
        return

    assert timestamps.EARLIEST_MS <= moment < timestamps.LATEST_MS


ALIKE = re.compile(
    r"20[12]\d-[01W]\d-[0-3]\d[T ]"
    r"([0-2]\d:[0-6]\d:[0-6]\d|[0-2]\d[0-6]\d[0-6]\d\.\d|[0-2]\d:\d\d[+-]\d\d)([.,][\d+-]{0,4})?",
    re.ASCII,
)


@given(st.from_regex(ALIKE, fullmatch=True))
def test_the_common_formats_are_read_as_the_pattern_reads_them(written: str) -> None:
    """The faster way accepts nothing else."""
    assert _parsed(f"{written}Z") == _parsed(f"{written}UTC")
    assert _parsed(f"{written}+08:00") == _parsed(f"{written}+0800")


def _parsed(text: str) -> int | None:
    try:
        return timestamps.parse(text)
    except ValueError:
        return None
