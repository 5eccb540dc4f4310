"""Write a view as HTML: Jinja templates that escape everything and refuse a name that the view lacks."""

from __future__ import annotations

import re
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from opsledger import timestamps
from opsledger.catalog import advice
from opsledger.catalog.transition import SEVERITIES
from opsledger.console import assets, filters, moments, templates, timeline, words
from opsledger.console.routes import PAGES
from opsledger.console.visit import FORMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsledger.console.view import View
    from opsledger.console.visit import Visit

_BETWEEN_WORDS = re.compile(r"(?<=[.:_])|(?<=[a-z])(?=[A-Z])")
LANGUAGE_NAMES = {"en": "English", "zh": "中文", "ja": "日本語"}


def page(visit: Visit, view: View) -> str:
    """A page as HTML."""
    return _environment().get_template(f"{visit.page}.html").render({**view.data, **_around(visit, view)})


def error_page(visit: Visit, view: View, path: str) -> str:
    """A page that says what is wrong; links are relative to `path`."""
    root = "../" * path.strip("/").count("/") or "./"
    around = {**_around(visit, view), "root": root, "page": ""}
    return _environment().get_template("error.html").render({**view.data, **around})


def say(visit: Visit, text: str, values: Mapping[str, object]) -> str:
    """A text in the visit's language with its values in place."""
    return words.translated(visit.language, text, values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(lambda name: (resources.files(templates) / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[],
    )
    made.globals.update(severities=SEVERITIES[::-1], kinds=filters.kinds, languages=LANGUAGE_NAMES, menu=PAGES)
    made.globals.update(stretch=timeline.stretch)
    made.globals.update(asset=lambda name: f"{name}?v={assets.digest(name)}")
    made.filters.update(short=lambda type_: str(type_).rpartition(":")[2], clock=moments.clock)
    made.filters.update(breakable=_breakable, coded=_coded)
    return made


def _breakable(name: object) -> Markup:
    """A long name that a narrow screen breaks between its words, not within one."""
    return Markup("<wbr>").join(_BETWEEN_WORDS.split(str(name)))


def _coded(text: str) -> Markup:
    """A text with what stands between backticks as code."""
    parts = enumerate(text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in parts)


def _around(visit: Visit, view: View) -> dict[str, Any]:
    """What templates use beside the view: links and words for this visit."""
    own = {"lang": visit.language} if visit.chosen else {}
    place = {name: value for name, value in visit.query.items() if name != "lang"}

    def link(name: str, **query: object) -> str:
        return _address(name, {**own, **query})

    def here(**changed: object) -> str:
        return _address(visit.page, {**own, **place, **changed})

    def in_form(form: str) -> str:
        return _address(f"{visit.page}.{form}", {**own, **place})

    def t(text: str, **values: object) -> str:
        return words.translated(visit.language, text, values)

    return {
        "link": link,
        "here": here,
        "in_form": in_form,
        "t": t,
        "root": "",
        "page": visit.page,
        "lang": visit.language,
        "chosen": visit.chosen,
        "titles": {name: t(route.title) for name, route in PAGES.items()},
        "title_of": partial(advice.title, lang=visit.language),
        "now": timestamps.show(visit.now_ms),
        "span": lambda seconds: moments.span(seconds, t),
        "relative": lambda moment: moments.relative(moment, visit.now_ms, t),
        "forms": FORMS[1:] if view.rows else FORMS[1:2],
    }


def _address(name: str, query: Mapping[str, object]) -> str:
    """A relative address, so that the pages work under any path."""
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return f"{name}?{urlencode(given)}" if given else name
