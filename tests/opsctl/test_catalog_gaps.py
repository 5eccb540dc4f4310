"""Adding an event type: whatever is missing is named in words. A fictitious type is added, less one piece at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from opsctl import catalog_gaps
from opsledger import catalog
from opsledger.catalog import EventType, Kind, Lifecycle, Order, Outcome, Source, advice
from opsledger.catalog.advice import LANGUAGES, Advice
from opsledger.catalog.content import Content, Id, Moment, ReadContext, Reading, Sample, Word
from opsledger.catalog.eci.kinds import GROUP_NOTICE
from opsledger.catalog.ecs import content, lifecycles
from opsledger.catalog.templates import wordings
from opsledger.catalog.transition import Transition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    MakeRow = Callable[..., None]

DRILL = "ecs:Instance:OnlyInThisTest"
REASON = "eci:Event:OnlyInThisTest"
PIECE = Advice("Drill", "It is a drill.", "Nothing.", "yes", "It ends.")


class Drill(Content):
    """The content of a fictitious event."""

    status_field = "phase"
    raw_marks = frozenset({"exerciseId", "phase"})
    sample: ClassVar[Sample] = {
        "*": {
            "exerciseId": "{exercise_id}",
            "instanceId": "{instance_id}",
            "phase": "{status}",
            "plannedTime": "{now+2d}",
        },
        "Executed": {"plannedTime": "{now-5m}"},
    }

    exercise_id: Id
    instance_id: Id
    phase: Word
    planned_time: Moment

    def read(self, context: ReadContext) -> Reading:
        """One drill."""
        pending = self.planned_time if self.phase == "Scheduled" else None
        return Reading(self.exercise_id, self.instance_id, Transition(self.phase, at=context.at, due=pending))


LIFECYCLE = Lifecycle(
    name="only-in-this-test",
    moves={"Scheduled": frozenset({"Executed"}), "Executed": frozenset()},
    starts=frozenset({"Scheduled"}),
    order=Order.PROGRESS,
    outcomes={"Scheduled": Outcome.PENDING, "Executed": Outcome.HAPPENED},
    title="A drill",
)
KIND = Kind("only-in-this-test", "ecs", "instance", LIFECYCLE, "exerciseId", "ecs:only-in-this-test")
ROW = EventType(
    DRILL,
    KIND,
    Drill,
    "info",
    ("Scheduled", "Executed"),
    source=Source("Drills", "example.com/drills"),
)
ECI_ROW = catalog.find("eci:Event:StockClose")[0]._replace(
    type=REASON, kind=GROUP_NOTICE, templates=wordings("OnlyInThisTest", "Drill at %s", ("cause",))
)


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> MakeRow:
    """Adds a row, and its kind if it is new, to its product; with advice on it in some languages."""
    read = advice.advice_by_name

    def add(row: EventType, languages: tuple[str, ...] = LANGUAGES, pieces: Mapping[str, Advice] | None = None) -> None:
        product = catalog.product(row.kind.product)
        kinds = product.kinds if row.kind in product.kinds else (*product.kinds, row.kind)
        whole = product._replace(kinds=kinds, event_types=(*product.event_types, row))
        monkeypatch.setitem(catalog._LOADERS, product.name, lambda: whole)

        def advice_by_name(name: str, lang: str) -> Mapping[str, Advice]:
            piece = (pieces or {}).get(lang, PIECE)
            more = {row.advice_key: piece} if name == product.name and lang in languages else {}
            return {**read(name, lang), **more}

        monkeypatch.setattr(advice, "advice_by_name", advice_by_name)

    return add


def drill_of(**members: Any) -> type[Content]:
    """The content model of the drill with some members replaced."""
    return type("Drill", (Drill,), {"__module__": __name__, **members})


def with_lifecycle(**fields: Any) -> EventType:
    """The row of the drill with some fields of its lifecycle replaced."""
    return ROW._replace(kind=KIND._replace(lifecycle=LIFECYCLE._replace(**fields)))


def test_the_catalogue_has_no_gaps() -> None:
    """Every event type has all its pieces."""
    assert catalog_gaps.gaps() == []


@pytest.mark.parametrize("row", [ROW, ECI_ROW], ids=["ecs", "eci"])
def test_a_complete_new_type_has_no_gaps(add: MakeRow, row: EventType) -> None:
    """A row with its model, sample, lifecycle and advice is all there is to add."""
    add(row)

    assert catalog_gaps.gaps() == []


@pytest.mark.parametrize(
    ("row", "gap"),
    [
        (
            ROW._replace(content=drill_of(sample={})),
            f"no sample for {DRILL}: its content model Drill has no `sample`",
        ),
        (
            ROW._replace(content=Content),  # type: ignore[type-abstract]  # the gap under test
            f"no content model for {DRILL}: Content has no `read`",
        ),
        (ROW._replace(source=Source("", "")), f"no source for {DRILL}: name the page that documents it"),
        (
            ROW._replace(content=drill_of(raw_marks=frozenset())),
            f"no raw marks for {DRILL}: its content model Drill has no `raw_marks`",
        ),
        (
            ROW._replace(content=drill_of(sample={"*": {"exerciseId": "{exercise}"}})),
            (
                f"the sample of {DRILL} with status Scheduled cannot be made: its sample has {{exercise}}, "
                "which means nothing; there are {now}"
            ),
        ),
        (
            ROW._replace(
                content=drill_of(sample={"*": {"exerciseId": "{exercise_id}", "instanceId": "i", "phase": "x"}})
            ),
            f"the sample of {DRILL} with status Scheduled is refused: plannedTime: Field required",
        ),
        (
            ROW._replace(sample={"*": {"phase": "Scheduled"}}),
            f"the sample of {DRILL} with status Executed reads as status Scheduled",
        ),
        (
            ROW._replace(content=drill_of(raw_marks=frozenset({"nowhere"}))),
            f"the sample of {DRILL} with status Scheduled without its envelope is taken for no type",
        ),
        (
            ROW._replace(statuses=("Scheduled", "Executed", "Cancelled")),
            f"no lifecycle row for status Cancelled of {DRILL}: add it to lifecycle only-in-this-test",
        ),
        (
            ROW._replace(statuses=("Scheduled",)),
            "no event type reports status Executed of lifecycle only-in-this-test",
        ),
        (
            ROW._replace(levels={"Failed": "critical"}),
            f"no lifecycle row for status Failed, which `levels` of {DRILL} names",
        ),
        (ROW._replace(level="grave"), f"severity grave of {DRILL} must be one of "),
        (
            ROW._replace(type="Instance:OnlyInThisTest"),
            "Instance:OnlyInThisTest must begin with ecs: and have at most 64 characters",
        ),
        (
            with_lifecycle(moves={"Scheduled": frozenset({"Executed"})}),
            (
                "no lifecycle row for status Executed, which `moves` of Scheduled names: "
                "add it to lifecycle only-in-this-test"
            ),
        ),
        (
            with_lifecycle(starts=frozenset({"Scheduled", "Asked"})),
            "no lifecycle row for status Asked, which starts names: add it to lifecycle only-in-this-test",
        ),
        (
            with_lifecycle(outcomes={"Scheduled": Outcome.PENDING}),
            "no outcome for status Executed of lifecycle only-in-this-test",
        ),
        (
            with_lifecycle(moves={"Scheduled": frozenset(), "Executed": frozenset()}),
            "no move leads to status Executed of lifecycle only-in-this-test, and it is no start",
        ),
        (
            with_lifecycle(outcomes={"Scheduled": Outcome.PENDING, "Executed": Outcome.ACTIVE}),
            f"no `max_dwell` for status Executed of kind only-in-this-test, and no deadline in {DRILL}",
        ),
        (
            ROW._replace(kind=KIND._replace(max_dwell={"Asked": 1})),
            "no lifecycle row for status Asked, which `max_dwell` of kind only-in-this-test names",
        ),
        (ROW._replace(kind=KIND._replace(record_prefix="ecs:state")), "record prefix ecs:state is there twice"),
        (
            ECI_ROW._replace(templates=wordings("OnlyInThisTest", "Drill at %s", ("place",))),
            (
                f"the sample of {REASON} with status OnlyInThisTest cannot be made: "
                "no sample value for place, which message OnlyInThisTest names: add it to SAMPLE_VALUES"
            ),
        ),
        (
            ECI_ROW._replace(statuses=("Grave",)),
            f"no lifecycle row for status Grave of {REASON}: add it to lifecycle notice",
        ),
    ],
)
def test_a_missing_piece_is_named(add: MakeRow, row: EventType, gap: str) -> None:
    """Each piece that is left out gives a line that says what is missing, of what, and where to add it."""
    add(row)

    assert [line for line in catalog_gaps.gaps() if line.startswith(gap)]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("row", "key"), [(ROW, "Instance:OnlyInThisTest"), (ECI_ROW, "OnlyInThisTest")])
def test_advice_that_is_missing_in_one_language_is_named(add: MakeRow, row: EventType, key: str, lang: str) -> None:
    """The line names the language, the type, and the file to add it to."""
    add(row, tuple(other for other in LANGUAGES if other != lang))
    missing = f"no advice in {lang} for {row.type}: add {key} to catalog/{row.kind.product}/advice/{lang}.json"

    assert missing in catalog_gaps.gaps()


def test_advice_that_differs_between_languages_is_named(add: MakeRow) -> None:
    """Whether a trouble passes by itself does not depend on the language."""
    add(ROW, pieces={"zh": Advice("t", "a", "b", "no", "c")})

    assert catalog_gaps.gaps() == [
        "the advice on Instance:OnlyInThisTest of ecs has another `heals` in zh than in en",
    ]


def test_advice_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file or part is a line, not a traceback."""

    def unreadable(_product: str, lang: str) -> Mapping[str, Advice]:
        raise ValueError(f"{lang}.json: no `do`")

    monkeypatch.setattr(advice, "advice_by_name", unreadable)

    assert catalog_gaps.gaps() == [
        f"the advice on {name} cannot be read: en.json: no `do`" for name in catalog.PRODUCTS
    ]


def test_a_product_that_cannot_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake that keeps a module from loading is a line, not a traceback."""

    def loader() -> Any:
        raise ValueError("OOMKilled: 2 holes for 1 names")

    monkeypatch.setitem(catalog._LOADERS, "eci", loader)

    assert catalog_gaps.gaps() == ["the catalogue of eci cannot be loaded: OOMKilled: 2 holes for 1 names"]


@pytest.mark.parametrize("module", [content, lifecycles], ids=["content", "lifecycles"])
def test_a_name_that_a_module_of_a_product_lacks(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    """The line says which name, and where to add it."""
    monkeypatch.setitem(catalog._LOADERS, "ecs", lambda: module.OnlyInThisTest)

    file = f"{module.__name__.rpartition('.')[2]}.py"
    assert catalog_gaps.gaps() == [f"no OnlyInThisTest in catalog/ecs/{file}: add it"]


def test_a_type_or_kind_that_is_there_twice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The later row would hide the earlier one."""
    product = catalog.product("eci")
    twice = product._replace(event_types=(*product.event_types, product.event_types[0]), kinds=product.kinds * 2)
    monkeypatch.setitem(catalog._LOADERS, "eci", lambda: twice)

    assert {
        f"event type {product.event_types[0].type} is there twice",
        f"kind {product.kinds[0].name} is there twice",
    } <= set(catalog_gaps.gaps())


def test_a_kind_that_is_not_listed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of it could not be read."""
    product = catalog.product("ecs")
    unlisted = product._replace(event_types=(*product.event_types, ROW))
    monkeypatch.setitem(catalog._LOADERS, "ecs", lambda: unlisted)

    assert f"no kind for {DRILL}: add only-in-this-test to KINDS of ecs" in catalog_gaps.gaps()
