"""Advice: on every event there is, in every language, and on nothing else."""

from __future__ import annotations

import re
from dataclasses import astuple
from typing import TYPE_CHECKING, get_args

import pytest

from opsledger import catalog
from opsledger.catalog import PRODUCTS
from opsledger.catalog.advice import LANGUAGES, Advice, Heals, _piece, advice, advice_by_name

if TYPE_CHECKING:
    from collections.abc import Iterator

MAINTENANCE = """Reboot Stop Redeploy RebootAndIsolateErrorDisk RebootAndReInitErrorDisk IsolateErrorDisk
    ReInitErrorDisk PerformanceImpact CleanInactiveDisks CleanReleasedDisks StopAndRepair"""

# The ECS events that the vendor documented a meaning of in 2026. There may be more advice, but not less.
ECS_NAMES = [
    *(f"Instance:SystemMaintenance.{impact}" for impact in MAINTENANCE.split()),
    *(f"Instance:SystemFailure.{impact}" for impact in ("Reboot", "Redeploy", "Stop", "Delete")),
    "Instance:InstanceFailure.Reboot",
    "Instance:InstanceFailure.Alert",
    "Instance:Security.TpmAlert",
    "Instance:InstanceExpiration.Stop",
    "Instance:InstanceExpiration.Delete",
    "Instance:AccountUnbalanced.Stop",
    "Instance:AccountUnbalanced.Delete",
    "Instance:AccountUnbalanced.PerformanceAffect",
    "Instance:SystemUpgrade.Migrate",
    "Instance:SecurityPunish.Locked",
    "Instance:SecurityPunish.WebsiteBanned",
    "Disk:Stalled",
    "Disk:ErrorDetected",
    "Instance:StateChange",
    "Instance:PreemptibleInstanceInterruption",
    "Instance:LiveMigrationAcrossDDH",
    "Instance:PerformanceModeChange",
    "Instance:BurstablePerformanceRestricted",
    "Disk:DiskOperationCompleted",
    "Disk:ConvertToPostpaidCompleted",
    "Disk:OverduePaymentRelease",
    "Snapshot:CreateSnapshotCompleted",
    "NetworkInterface:PrivateIPAssigned",
    "NetworkInterface:NetworkInterfaceOperateCompleted",
]

EVERY_LANGUAGE = [(product, lang) for product in PRODUCTS for lang in LANGUAGES]


def every_piece() -> Iterator[tuple[str, str, str, Advice]]:
    """All advice, with its product, language and name."""
    for product, lang in EVERY_LANGUAGE:
        for name, piece in advice_by_name(product, lang).items():
            yield product, lang, name, piece


@pytest.mark.parametrize(("product", "lang"), EVERY_LANGUAGE)
def test_every_event_type_has_advice(product: str, lang: str) -> None:
    """No row of the catalogue is without."""
    assert {row.advice_key for row in catalog.product(product).event_types} <= advice_by_name(product, lang).keys()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_documented_ecs_event_has_advice(lang: str) -> None:
    """There is advice on each ECS event that the vendor documents a meaning of, in the vendor's order."""
    assert [name for name in advice_by_name("ecs", lang) if name in ECS_NAMES] == ECS_NAMES


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_languages_agree(product: str) -> None:
    """Every language has the same advice in the same order, and whether a trouble passes does not depend on it."""
    by_lang = {
        lang: [(name, piece.heals) for name, piece in advice_by_name(product, lang).items()] for lang in LANGUAGES
    }

    assert by_lang["zh"] == by_lang["en"]
    assert by_lang["ja"] == by_lang["en"]


@pytest.mark.parametrize(("product", "lang"), EVERY_LANGUAGE)
def test_advice_is_written_out(product: str, lang: str) -> None:
    """Every part is a sentence or two in the script of its language, ended and of a length to be read."""
    ending = "." if lang == "en" else "。"
    script = {"en": r"[a-z]", "zh": r"[\u4e00-\u9fff]", "ja": r"[\u3040-\u30ff]"}[lang]
    for name, piece in advice_by_name(product, lang).items():
        for part in (piece.means, piece.do, piece.heals_why):
            assert part.endswith(ending), (name, part)
            assert part == part.strip(), (name, part)
            assert re.search(script, part), (name, part)
            assert len(part) <= 200, (name, part)
        assert piece.heals in get_args(Heals), name


@pytest.mark.parametrize(("product", "lang"), EVERY_LANGUAGE)
def test_titles_are_short_and_tell_events_apart(product: str, lang: str) -> None:
    """A title is the first that a person on call reads, often on a phone: a few words, no sentence, one event's own."""
    titles = [piece.title for piece in advice_by_name(product, lang).values()]

    assert [title for title in titles if not 2 <= len(title) <= 60 or title.endswith((".", "。"))] == []
    assert sorted(titles) == sorted(set(titles))


def test_only_japanese_is_in_kana_and_only_english_has_no_ideographs() -> None:
    """No piece was left in another language."""
    for product, lang, name, piece in every_piece():
        text = "".join(str(part) for part in astuple(piece))
        if lang != "ja":
            assert not re.search(r"[\u3040-\u30ff]", text), (product, lang, name)
        if lang == "en":
            assert text.isascii(), (product, lang, name)


def test_advice_of_one_event() -> None:
    """One event's advice is found by product, name and language; English unless asked otherwise."""
    english = advice("eci", "SpotToBeReleased")

    assert english == advice_by_name("eci", "en")["SpotToBeReleased"]
    assert english.heals == "no"
    assert advice("eci", "SpotToBeReleased", "ja") != english


def test_advice_is_read_once() -> None:
    """The second look at a language reads no file."""
    assert advice_by_name("ecs", "zh") is advice_by_name("ecs", "zh")


@pytest.mark.parametrize(
    ("product", "name", "lang", "message"),
    [
        ("eci", "OOMKilled", "fr", "no advice in language 'fr': one of en, zh, ja"),
        ("eci", "OOMKilled", "../en", "no advice in language '../en'"),
        ("oss", "OOMKilled", "en", "no advice on product 'oss': one of ecs, eci"),
        ("eci", "Nothing", "en", "no advice on eci event 'Nothing'"),
        ("ecs", "OOMKilled", "en", "no advice on ecs event 'OOMKilled'"),
    ],
)
def test_what_is_unknown_is_named(product: str, name: str, lang: str, message: str) -> None:
    """An unknown product, event or language is a ValueError that says which of them it is."""
    with pytest.raises(ValueError, match=re.escape(message)):
        advice(product, name, lang)


def test_a_piece_that_lacks_a_part_is_named() -> None:
    """The file, the event and its parts are in the message."""
    with pytest.raises(
        ValueError, match=r"ecs/advice/zh\.json: Disk:Stalled has the parts means; it needs title, means"
    ):
        _piece("ecs/advice/zh.json", "Disk:Stalled", {"means": "x"})
