"""What a message's wording tells, and what a hostile message cannot do."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsledger.catalog.templates import (
    Template,
    fill,
    in_service_wording,
    match_message,
    normalise,
    wordings,
)

SPOT = Template("spot", "Spot ECI will be released in %s minutes", ("minutes",))
COPIES = Template("copies", "its %s/%s copies are still available", ("available", "total"))
ANYTHING = Template("anything", "%s", ("detail",))
STOCK = Template("stock", "Out of stock. %s", ("detail",))
PLAN = Template("plan", '{"why":"%s","when":"%s"}', ("reason", "moment"), json_fields=("why", "when"))

MEGABYTE = 1_000_000


def params_of(template: Template, message: str) -> dict[str, str] | None:
    """The values `message` has in the placeholders of one template."""
    match = match_message([template], message)
    return None if match is None else match.params


def test_holes_are_read_by_name() -> None:
    """Each value is found under the name of its placeholder, in order."""
    assert params_of(SPOT, "Spot ECI will be released in 3 minutes") == {"minutes": "3"}
    assert params_of(COPIES, "its 2/3 copies are still available") == {"available": "2", "total": "3"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "minutes",
        "Spot ECI will be released in 3",
        "x Spot ECI will be released in 3 minutes",
        "Spot ECI will be released in 3 minutes, or not",
        "spot eci will be released in 3 minutes",
        "Spot ECI will be released in minutes",
    ],
)
def test_only_the_whole_message_matches(message: str) -> None:
    """A part of the wording, text around it or another case is another message."""
    assert match_message([SPOT], message) is None


@pytest.mark.parametrize("tail", ["", ".", " ", "\n", ". ", "。", "...", " .\r\n", "\u3000"])
def test_the_end_of_a_message_may_differ(tail: str) -> None:
    """White space and full stops at the end carry nothing, on either side."""
    assert params_of(SPOT, f"Spot ECI will be released in 3 minutes{tail}") == {"minutes": "3"}

    dotted = Template("dotted", "Unknown error occurred.")

    assert params_of(dotted, f"Unknown error occurred{tail}") == {}


@pytest.mark.parametrize("message", ["Out of stock. ", "Out of stock.", "Out of stock"])
def test_nothing_may_stand_at_the_end(message: str) -> None:
    """An empty placeholder at the end was trimmed with the message; its value is empty."""
    assert params_of(STOCK, message) == {"detail": ""}


def test_white_space_around_a_value_is_dropped() -> None:
    """The same value has the same text whether or not the sender put a space before it."""
    failed = Template("failed", "Schedule eci failed:%s", ("cause",))

    assert params_of(failed, "Schedule eci failed: no stock \n") == {"cause": "no stock"}


def test_the_most_literal_wording_wins() -> None:
    """Of the wordings that match, the one with the most literal text wins, in any order."""
    denied = Template("plain", "denied, try later%s", ("rest",))
    typed = Template("typed", "denied, try later, type:%s", ("type",))
    message = "denied, try later, type:user"

    for order in ([ANYTHING, denied, typed], [typed, denied, ANYTHING]):
        match = match_message(order, message)

        assert match is not None
        assert match.template is typed
        assert match.params == {"type": "user"}


def test_no_wording_at_all_is_no_match() -> None:
    """Without templates nothing matches."""
    assert match_message([], "anything") is None


def test_a_bare_hole_takes_any_message() -> None:
    """A template that is one placeholder matches any message, also an empty one."""
    assert params_of(ANYTHING, "whatever\nit is") == {"detail": "whatever\nit is"}
    assert params_of(ANYTHING, "") == {"detail": ""}


def test_pieces_do_not_overlap() -> None:
    """Text counted for the beginning of a message is not counted again for its end."""
    template = Template("edges", "abab%sabab", ("middle",))

    assert params_of(template, "ababab") is None
    assert params_of(template, "abababab") == {"middle": ""}


@pytest.mark.parametrize("value", ["%s", "%(x)s %d %n", "{0} {detail}", "\\1 (.*)+", "{{}}"])
def test_values_are_data(value: str) -> None:
    """Nothing in a value is interpreted, neither when filled in nor when read."""
    message = fill(SPOT, {"minutes": value})

    assert message == f"Spot ECI will be released in {value} minutes"
    assert params_of(SPOT, message) == {"minutes": value}


@pytest.mark.parametrize(
    "message",
    [
        "a" * MEGABYTE,
        "ab" * (MEGABYTE // 2),
        "/" * MEGABYTE,
        " ." * (MEGABYTE // 2),
        "its " + "1/" * (MEGABYTE // 2) + " copies are still availabl",
        "its " + " copies are still available" * 40_000,
        "x y " * (MEGABYTE // 4) + "!",
        "[" * MEGABYTE,
        '{"why":' * (MEGABYTE // 7),
        '{"why":' + "9" * MEGABYTE + "}",
        '{"why":"' + "\\u0000" * (MEGABYTE // 6) + '"}',
    ],
    ids=lambda message: f"{message[:12]}…",
)
def test_a_hostile_megabyte_is_read_in_linear_time(message: str) -> None:
    """A message made to repeat the wording costs no more than reading it."""
    many_placeholders = Template("holes", "x " + "%s y " * 6 + "%s z", tuple("abcdefg"))
    templates = [SPOT, COPIES, STOCK, many_placeholders, PLAN]
    start = time.perf_counter()

    match_message(templates, message)

    assert time.perf_counter() - start < 1


def test_a_json_message_is_read_by_its_members() -> None:
    """Order, spacing and further members of a JSON message do not matter."""
    message = '{ "more": [1], "when": "2019-03-12T09:00:00.000+08:00", "why": "Re\\"deploy" }'

    assert params_of(PLAN, message) == {"reason": 'Re"deploy', "moment": "2019-03-12T09:00:00.000+08:00"}


def test_a_json_message_may_lack_members() -> None:
    """What is missing or no string is left out; the rest is kept."""
    assert params_of(PLAN, '{"why":"Redeploy","when":17}') == {"reason": "Redeploy"}


@pytest.mark.parametrize(
    "message", ["", "Redeploy", "{", "[]", '"why"', "null", "{}", '{"other":"x"}', '{"why":null}', "NaN"]
)
def test_what_is_no_such_json_object_is_no_match(message: str) -> None:
    """A message that should be JSON and is not, or says nothing of what is documented, is in no wording."""
    assert match_message([PLAN], message) is None


def test_filling_json_escapes_values() -> None:
    """A value in a JSON message is written as JSON, so that it cannot add members."""
    params = {"reason": '","when":"now', "moment": "後\n"}

    assert params_of(PLAN, fill(PLAN, params)) == params


@pytest.mark.parametrize("params", [{}, {"minutes": "3", "more": "x"}, {"hours": "3"}])
def test_filling_takes_exactly_the_names(params: dict[str, str]) -> None:
    """A missing name or one too many is refused, and the message says which are wanted."""
    with pytest.raises(ValueError, match=r"spot takes \['minutes'\], not "):
        fill(SPOT, params)


@pytest.mark.parametrize(
    ("text", "params", "json_fields"),
    [
        ("%s of %s", ("one",), ()),
        ("none", ("one",), ()),
        ("%s of %s", ("one", "one"), ()),
        ("%s of %s", ("one", "two"), ("one",)),
    ],
)
def test_holes_and_names_agree(text: str, params: tuple[str, ...], json_fields: tuple[str, ...]) -> None:
    """A template whose names do not fit its text cannot be made."""
    with pytest.raises(ValueError, match=r"^bad: "):
        Template("bad", text, params, json_fields=json_fields)


def test_rewordings_share_the_id() -> None:
    """The rewordings of a message are that message: same id, same names, the service's wording first."""
    templates = wordings("lost", "gpu %s lost", ("card",), en="GPU %s loss", ja="GPU %s の損失")

    assert [(template.id, template.source) for template in templates] == [
        ("lost", "zh"),
        ("lost", "en"),
        ("lost", "ja"),
    ]
    assert [params_of(template, fill(template, {"card": "0"})) for template in templates] == [{"card": "0"}] * 3


@given(st.text())
def test_any_text_is_answered(message: str) -> None:
    """No text makes the matcher fail; what matches has a value for each name."""
    match = match_message([SPOT, COPIES, STOCK, PLAN, ANYTHING], message)

    assert match is not None
    assert set(match.params) <= set(match.template.params)


# ------------------------------------------------------------------------------ messages as the service writes them
HIT = wordings("hit", "Hit cache %s", ("cache",), en="Cache %s hit", seen=("Hit cache %s, it will be used",))


@pytest.mark.parametrize(
    ("message", "normal"),
    [
        ("[eci.imagecache]Missed image cache.", "Missed image cache."),
        ("[eci.containergroup] Spot", "Spot"),
        (" [eci.data-cache]x", "x"),
        ("Missed", "Missed"),
        ("", ""),
        ("[eci.]x", "[eci.]x"),
        ("[ecs.disk]x", "[ecs.disk]x"),
        ("see [eci.imagecache]x", "see [eci.imagecache]x"),
        ("[eci.a][eci.b]x", "[eci.b]x"),
    ],
)
def test_the_speaker_is_no_part_of_a_message(message: str, normal: str) -> None:
    """The part of ECI in front of a message is taken off, once, and nothing else is."""
    assert normalise(message) == normal


@pytest.mark.parametrize(
    "message",
    [
        "Hit cache imc-1",
        "Hit cache imc-1.",
        "Cache imc-1 hit",
        "[eci.imagecache]Hit cache imc-1, it will be used.",
    ],
)
def test_every_wording_of_a_message_is_that_message(message: str) -> None:
    """Prefix, clause, full stop and language do not matter: the values are read, and the service's wording is one."""
    match = match_message(HIT, message)

    assert match is not None
    assert match.params == {"cache": "imc-1"}
    assert in_service_wording(HIT, message, match) == "Hit cache imc-1"


@pytest.mark.parametrize("message", ["something else", "something else."])
def test_an_unknown_message_is_kept_but_for_its_prefix(message: str) -> None:
    """It is in no wording, so only the prefix is taken off."""
    assert in_service_wording(HIT, f"[eci.imagecache]{message}", match_message(HIT, message)) == message


def test_a_json_message_without_a_member_is_kept() -> None:
    """It cannot be said in the service's wording, because a value is missing."""
    message = '{"why":"Redeploy"}'

    assert in_service_wording([PLAN], message, match_message([PLAN], message)) == message
